import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type TransferState } from '../../functions/domain/transfer.ts';
import { followLog } from '../kill/log-tail.ts';
import { createStackTime } from '../kill/stack-time.ts';
import type { StackProcess } from '../support/local-stack.ts';
import { leftOutside } from '../support/nothing-left.ts';
import {
  CURATOR_KEY,
  call,
  logIn,
  postJson,
  READER_KEY,
  RESEARCHER,
  SECOND_RESEARCHER,
  SERVICE_KEY,
} from '../support/upload-client.ts';
import { CANARIES } from './callers.ts';

/** Dataverse's name of the service's own account: a lock in another name is none of ours. */
const SERVICE_USER = 'dataverseAdmin';
const LOOK_EVERY_MILLISECONDS = 200;
/** So often the clock may be moved on, a minute at a time after the first ones. */
const MOST_SHIFTS = 60;
const LONGEST_WAIT_MILLISECONDS = 300_000;

/** How everything came to its end. */
export interface Ending {
  /** What there should not be: empty when all is well. */
  readonly left: readonly string[];
  /** Transfers that waited for an operator, who then gave them up. */
  readonly givenUp: readonly string[];
  readonly transfers: number;
}

/**
 * Ends every task, moves the clock on until every transfer is over, and looks what is left: open transfers, access rules, our locks, and
 * secrets in the log or on the screen.
 */
export async function windUp(stack: StackProcess): Promise<Ending> {
  const states = followStates(stack.stateDirectory);
  const time = createStackTime(stack);
  const givenUp = new Set<string>();
  await cancelTasks(stack);
  time.start(() => (time.shifts() < 20 ? 13 : 61));
  try {
    const giveUpAt = performance.now() + LONGEST_WAIT_MILLISECONDS;
    while (states.open().length > 0 && time.shifts() < MOST_SHIFTS && performance.now() < giveUpAt) {
      for (const [transferId] of states.open().filter(([, state]) => state === 'ATTENTION')) {
        if (givenUp.has(transferId) || time.shifts() < 3) continue;
        if (await release(stack, transferId)) givenUp.add(transferId);
      }
      await sleep(LOOK_EVERY_MILLISECONDS);
    }
  } finally {
    await time.stop();
  }
  const open = states.open().map(([transferId, state]) => `transfer ${transferId} is ${state}`);
  const left = [...open, ...(await leftOutside(stack, { locksOf: SERVICE_USER })), ...secretsIn(stack)];
  return { left, givenUp: [...givenUp], transfers: states.count() };
}

function followStates(stateDirectory: string) {
  const tail = followLog(stateDirectory);
  const states = new Map<string, TransferState>();
  const readOn = () => {
    for (const line of tail.read()) {
      if (line.event === 'transfer-state') states.set(String(line['transferId']), line['to'] as TransferState);
    }
  };
  return {
    open(): readonly (readonly [string, TransferState])[] {
      readOn();
      return [...states].filter(([, state]) => !isFinal(state));
    },
    count: () => states.size,
  };
}

/** A task without a right to write is tried again for days. */
async function cancelTasks(stack: StackProcess): Promise<void> {
  for (const { id, secret } of [RESEARCHER, SECOND_RESEARCHER]) {
    const headers = await logIn(stack, id, secret);
    const list = await call(`${stack.globusUrl}/v0.10/task_list?filter=status:ACTIVE,INACTIVE&limit=1000`, { headers });
    for (const { task_id } of list.body.DATA ?? []) {
      await call(`${stack.globusUrl}/v0.10/task/${task_id}/cancel`, { method: 'POST', headers });
    }
  }
}

/** What an operator does with a transfer that waits for one. */
async function release(stack: StackProcess, transferId: string): Promise<boolean> {
  const url = `${stack.apiUrl}/api/globus/transfers/${transferId}/release`;
  const reply = await postJson(url, {}, { 'X-Dataverse-key': SERVICE_KEY });
  return reply.status === 200;
}

/** Credentials that were sent, those of the installation, and Globus's access tokens. */
function secretsIn(stack: StackProcess): readonly string[] {
  const read = (name: string) => readFileSync(join(stack.stateDirectory, name), 'utf8');
  const installation = Object.values(JSON.parse(read('secrets.json')) as Record<string, string>);
  const secrets = [...Object.values(CANARIES), ...installation, CURATOR_KEY, READER_KEY, SERVICE_KEY];
  // At its start the stack shows the public keys of its people, on purpose.
  const places = { 'log.jsonl': read('log.jsonl'), 'the screen': stack.output().split(/^ready in .*$/m)[1] ?? '' };
  return Object.entries(places).flatMap(([place, text]) => [
    ...secrets
      .filter((secret) => text.includes(secret))
      .map((secret) => `the secret ${secret.slice(0, 12)}… in ${place}`),
    ...(/\bAg[A-Za-z0-9_-]{48}\b/.test(text) ? [`an access token of Globus in ${place}`] : []),
  ]);
}
