import { createAccessRuleStore } from '../../../functions/adapters/dynamodb/access-rule-store.ts';
import { createDownloadListStore } from '../../../functions/adapters/dynamodb/download-list-store.ts';
import { createFileEntryStore } from '../../../functions/adapters/dynamodb/file-entry-store.ts';
import { createOpenIndex } from '../../../functions/adapters/dynamodb/open-index.ts';
import type { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { createTransferStore } from '../../../functions/adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from '../../../functions/adapters/dynamodb/versioned-items.ts';
import { createJsonLog } from '../../../functions/adapters/system/json-log.ts';
import type { Settings } from '../../../functions/config.ts';
import type { Clock } from '../../../functions/ports/clock.ts';
import type { Dataverse } from '../../../functions/ports/dataverse.ts';
import type { Globus } from '../../../functions/ports/globus.ts';
import type { Ports } from '../../../functions/ports/ports.ts';
import type { RandomSource } from '../../../functions/ports/random-source.ts';
import type { Workflow } from '../../../functions/ports/workflow.ts';
import { mortalPorts } from '../../../functions/use-cases/mortal-ports.ts';
import type { Application } from '../../../functions/wiring.ts';
import type { Chance } from './chance.ts';
import { type GateWorld, gated } from './gate.ts';
import type { Invocation } from './invocation.ts';
import type { Schedule } from './schedule.ts';
import { SIGNING_KEYS } from './site.ts';

/** What the ports of every run of a function lead to. */
export interface ApplicationParts {
  readonly gate: GateWorld;
  readonly settings: Settings;
  /** How far the clocks of two environments may differ, in milliseconds. */
  readonly clockSkew: number;
  readonly truth: {
    readonly globus: Globus;
    readonly dataverse: Dataverse;
    readonly transfers: Table;
    readonly rules: Table;
    readonly downloads: Table;
  };
  readonly workflow: () => Workflow;
  logged(invocation: Invocation, line: string): void;
}

/** What `functions/wiring.ts` is to a process: the product's own stores and log, with each port behind the gate of one run of a function. */
export function createApplications(parts: ApplicationParts): (invocation: Invocation) => Application {
  const { gate, settings, truth } = parts;
  const random = randomSourceOf(gate.chance);

  return (invocation) => {
    const through = <Port extends object>(name: string, port: Port): Port => gated(gate, invocation, name, port);
    const clock = clockOf(gate, invocation, parts.clockSkew);
    const transfers = through('transfers', truth.transfers);
    const ports: Ports = {
      clock,
      random,
      log: createJsonLog((line) => parts.logged(invocation, line), clock),
      globus: through('globus', truth.globus),
      dataverse: through('dataverse', truth.dataverse),
      transfers: createTransferStore(transfers),
      accessRules: createAccessRuleStore(through('rules', truth.rules)),
      locks: createDatasetLockStore(transfers),
      claims: createTaskClaimStore(transfers),
      files: createFileEntryStore(transfers),
      downloadLists: createDownloadListStore(through('downloads', truth.downloads)),
      open: createOpenIndex(transfers),
      workflow: through('workflow', parts.workflow()),
    };
    const applicationWith = (served: Ports): Application => ({
      settings,
      ports: served,
      signingKeys: async () => SIGNING_KEYS,
      forRequest: (facts, limitMilliseconds) =>
        applicationWith(mortalPorts({ ...served, log: served.log.with(facts) }, limitMilliseconds)),
    });
    return applicationWith(ports);
  };
}

function randomSourceOf(chance: Chance): RandomSource {
  let uuids = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${(++uuids).toString(16).padStart(12, '0')}`,
    hex: (bytes) =>
      Array.from({ length: bytes }, () => chance.whole('hex', 0, 255).toString(16).padStart(2, '0')).join(''),
    fraction: () => chance.fraction('fraction'),
  };
}

/** The clock of the environment that a function runs in; who is dead never wakes, who is frozen wakes late. */
function clockOf({ schedule, chance }: GateWorld, invocation: Invocation, longestSkew: number): Clock {
  const skew = longestSkew === 0 ? 0 : chance.whole('clock of an environment', -longestSkew, longestSkew);
  const nowMilliseconds = () => schedule.now + skew;
  return {
    nowMilliseconds,
    nowEpochSeconds: () => Math.floor(nowMilliseconds() / 1000),
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        schedule.after(milliseconds, () => wake(schedule, invocation, resolve));
      }),
  };
}

function wake(schedule: Schedule, invocation: Invocation, resolve: () => void): void {
  if (invocation.isDead) return;
  if (schedule.now < invocation.frozenUntil) {
    schedule.at(invocation.frozenUntil, () => wake(schedule, invocation, resolve));
  } else {
    resolve();
  }
}
