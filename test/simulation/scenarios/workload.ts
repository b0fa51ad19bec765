import type { Settings } from '../../../functions/config.ts';
import { asUserName } from '../../../functions/domain/ids.ts';
import {
  askForDownload,
  askForPaths,
  download,
  type Granted,
  reportDownload,
  reportUntilAccepted,
  reportUpload,
  sendPatiently,
  submitUpload,
  upload,
} from '../actors/journeys.ts';
import { type Chance, createChance } from '../machinery/chance.ts';
import type { PlatformTroubles, SimulationOptions } from '../machinery/options.ts';
import type { Harshness } from '../machinery/plan.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DIRECTORIES, DRAFT, LINKED_PRINCIPAL, PEOPLE, type Person, PUBLISHED } from '../machinery/site.ts';
import type { Scenario } from './scenario.ts';

/** A run whose people, faults and settings all come from its seed. */
export interface RandomRun {
  readonly scenario: Scenario;
  readonly harshness: Harshness;
  readonly changes: Partial<SimulationOptions>;
  /** How long faults go on after people are done: settling is to be disturbed as well. */
  readonly roughSeconds: number;
  /** In the end the workflow is dead, and the sweep alone is left (L4). */
  readonly isSweepAlone: boolean;
}

type Course = (sim: Simulation, chance: Chance, name: string) => Promise<void>;

const { curator, colleague, reader, operator } = PEOPLE;
const WRITERS: readonly Person[] = [curator, curator, curator, colleague];

/** A quiet run, a rough one, and one in which almost nothing goes well. */
const HARSHNESS: readonly Harshness[] = [
  { probability: 0.004, factorOfEffects: 3 },
  { probability: 0.02, factorOfEffects: 2 },
  { probability: 0.05, factorOfEffects: 2 },
  { probability: 0.03, factorOfEffects: 3, kinds: ['dies-before', 'dies-after', 'dies-late', 'freezes'] },
  { probability: 0.03, factorOfEffects: 3, kinds: ['lost', 'late', 'hangs', 'twice', 'slow'] },
];
const SMALL_TROUBLES: PlatformTroubles = { refusals: 0.01, skippedBeats: 0.05, doubledBeats: 0.1, lostReplies: 0.03 };
const LARGE_TROUBLES: PlatformTroubles = { refusals: 0.05, skippedBeats: 0.5, doubledBeats: 0.3, lostReplies: 0.15 };

const datasetFor = (chance: Chance, name: string) => chance.pick(`${name} dataset`, [DRAFT, DRAFT, PUBLISHED]);
const paceFor = (chance: Chance, name: string) =>
  chance.pick(`${name} pace`, [500, 3_000, 20_000, 90_000, 400_000, 7_200_000]);
const waitFor = (chance: Chance, name: string) =>
  chance.pick(`${name} wait`, [0, 1, 5, 60, 250, 290, 299, 301, 310, 330, 900]);

/** Does what it says, and comes back to all of it. */
const honest: Course = async (sim, chance, name) => {
  const person = chance.pick(`${name} person`, WRITERS);
  await upload(sim, person, {
    datasetId: datasetFor(chance, name),
    files: chance.whole(`${name} files`, 1, 4),
    submitsAfter: chance.pick(`${name} submits`, [0, 1, 5, 30]),
    reportsAfter: chance.pick(`${name} reports`, [0, 1, 2, 20]),
    task: { pace: paceFor(chance, name) },
    ...(chance.happens(`${name} key`, 0.5) ? { idempotencyKey: name } : {}),
  });
};

/** Asks and never comes back, with a task or without. */
const silent: Course = async (sim, chance, name) => {
  const person = chance.pick(`${name} person`, WRITERS);
  const granted = await askForPaths(sim, person, datasetFor(chance, name));
  if (!granted || chance.happens(`${name} moves nothing`, 0.4)) return;
  await sim.sleep(waitFor(chance, name));
  submitUpload(sim, person, [granted], { pace: paceFor(chance, name) });
};

/** Reports when it may be too late. */
const late: Course = async (sim, chance, name) => {
  const person = chance.pick(`${name} person`, WRITERS);
  const granted = await askForPaths(sim, person, datasetFor(chance, name));
  if (!granted) return;
  await sim.sleep(waitFor(chance, name));
  const taskId = submitUpload(sim, person, [granted], { pace: paceFor(chance, name) });
  await sim.sleep(waitFor(chance, `${name} report`));
  await reportUntilAccepted(sim, person, granted, taskId);
};

/** Two tabs send everything twice. */
const doubleTab: Course = async (sim, chance, name) => {
  const granted = await Promise.all([
    askForPaths(sim, curator, DRAFT, { idempotencyKey: name }),
    askForPaths(sim, curator, DRAFT, { idempotencyKey: name }),
  ]);
  const [first, second] = granted;
  const one = first ?? second;
  if (!one) return;
  const taskId = submitUpload(sim, curator, [one], { pace: paceFor(chance, name) });
  await sim.sleep(chance.pick(`${name} reports`, [0, 2]));
  await Promise.all([reportUntilAccepted(sim, curator, one, taskId), reportUntilAccepted(sim, curator, one, taskId)]);
};

/** A list too long for one grant: several, for one task. */
const severalGrants: Course = async (sim, chance, name) => {
  const grants: Granted[] = [];
  for (let index = 0; index < 2; index += 1) {
    const granted = await askForPaths(sim, curator, DRAFT, { files: chance.whole(`${name} files`, 1, 3) });
    if (granted) grants.push(granted);
    await sim.sleep(1);
  }
  const taskId = submitUpload(sim, curator, grants, { pace: paceFor(chance, name) });
  if (grants.length === 0) return;
  await sim.sleep(chance.pick(`${name} reports`, [0, 2, 40]));
  await Promise.all(grants.map((granted) => reportUntilAccepted(sim, curator, granted, taskId)));
};

const downloads: Course = async (sim, chance, name) => {
  const person = chance.pick(`${name} person`, [reader, reader, curator, colleague]);
  await download(sim, person, {
    datasetId: PUBLISHED,
    submitsAfter: waitFor(chance, `${name} submits`),
    reportsAfter: chance.pick(`${name} reports`, [0, 1, 30, 200, 310]),
    task: { pace: paceFor(chance, name), skipsErrors: chance.happens(`${name} skips`, 0.3) },
  });
};

/** Changes their mind: the task is cancelled at Globus, or the transfer by our own call, or given up. */
const cancelling: Course = async (sim, chance, name) => {
  const done = await upload(sim, curator, { datasetId: DRAFT, task: { pace: 60_000 } });
  if (done?.reply.status !== 200) return;
  await sim.sleep(chance.whole(`${name} wait`, 0, 100));
  const { transferId } = done.granted;
  const way = chance.pick(`${name} way`, ['at Globus', 'cancel', 'release', 'cancel and release'] as const);
  if (way === 'at Globus') sim.globus.cancel(done.taskId as never);
  if (way.startsWith('cancel')) await sendPatiently(sim, curator, { functionName: 'cancel-transfer', transferId });
  if (way.endsWith('release')) await sendPatiently(sim, curator, { functionName: 'release-transfer', transferId });
};

/** Lies: somebody else's task, somebody else's dataset, identifiers of another grant, no task at all. */
const hostile: Course = async (sim, chance, name) => {
  const granted = await askForPaths(sim, colleague, DRAFT);
  const foreign = [...sim.globus.work.keys()];
  const taskId = chance.pick(`${name} task`, [...foreign, '00000000-0000-4000-8000-00000000dead']);
  if (!granted) return;
  await reportUpload(sim, colleague, granted, taskId);
  await reportUpload(sim, curator, granted, taskId);
  await reportDownload(sim, reader, PUBLISHED, taskId);
  await reportUpload(sim, colleague, { ...granted, datasetId: PUBLISHED }, taskId);
  await askForDownload(sim, reader, DRAFT);
};

/** A task that fails, is paused, or is suspended for a while. */
const troubled: Course = async (sim, chance, name) => {
  const trouble = chance.pick(`${name} trouble`, ['fails', 'paused', 'suspended', 'partial', 'missing'] as const);
  const granted = await askForPaths(sim, curator, DRAFT, { files: 3 });
  if (!granted) return;
  const [, second = ''] = granted.entries[1] ?? [];
  const taskId = submitUpload(sim, curator, [granted], {
    pace: 10_000,
    ...(trouble === 'partial' || trouble === 'missing'
      ? { missing: [second], skipsErrors: trouble === 'partial' }
      : {}),
  });
  await reportUntilAccepted(sim, curator, granted, taskId);
  await sim.sleep(12);
  if (trouble === 'fails') sim.globus.fail(taskId as never, 'ENDPOINT_ERROR');
  if (trouble === 'paused') sim.globus.pause(taskId as never);
  if (trouble === 'suspended') sim.globus.suspend(taskId as never);
  await sim.sleep(chance.pick(`${name} for`, [60, 4_000, 200_000]));
  sim.globus.resume(taskId as never);
};

/** An operator's hands: rules deleted or changed, executions stopped, steering, the monitors dead for a while. */
const operatorsHands: Course = async (sim, chance, name) => {
  await sim.sleep(chance.whole(`${name} wait`, 1, 400));
  const deed = chance.pick(`${name} deed`, [
    'deletes a rule',
    'makes a rule',
    'stops executions',
    'kills monitors',
    'retries',
    'locks',
  ] as const);
  const [rule] = sim.globus.truth.rules;
  if (deed === 'deletes a rule' && rule && !sim.foreignRules.has(rule.ruleId)) {
    sim.circumstances.handsOnRules = true;
    sim.globus.deleteRuleByHand(rule.ruleId);
  }
  if (deed === 'makes a rule') {
    sim.foreignRules.add(
      sim.globus.truth.addRuleByHand(DIRECTORIES[DRAFT] ?? '', '00000000-0000-4000-8000-0000000f0e19', 'r'),
    );
  }
  if (deed === 'stops executions') {
    sim.disturb();
    for (const execution of sim.workflow.executions())
      if (execution.status === 'RUNNING') sim.workflow.stop(execution.name);
  }
  if (deed === 'kills monitors') {
    const dead = chance.pick(`${name} dead`, ['task-monitor', 'sweep']);
    sim.dead.add(dead);
    sim.disturb();
    await sim.sleep(chance.whole(`${name} for`, 60, 7_200));
    sim.dead.delete(dead);
    sim.disturb();
    sim.stirred();
  }
  if (deed === 'retries') {
    for (const { transferId } of sim.records()) {
      await sendPatiently(sim, operator, { functionName: 'retry-transfer', transferId, json: {} });
    }
  }
  if (deed === 'locks') {
    const { lockList } = sim.dataverse.of(DRAFT);
    const lock = {
      lockType: chance.pick(`${name} lock`, ['Workflow', 'finalizePublication', 'Ingest']),
      userName: operator.userName as never,
    };
    sim.circumstances.holdUps.add(name);
    lockList.push(lock);
    await sim.sleep(chance.whole(`${name} for`, 30, 3_000));
    lockList.splice(lockList.indexOf(lock), 1);
    await sim.sleep(2 * 3_600);
    sim.circumstances.holdUps.delete(name);
  }
};

/** Somebody with two identities: the grant names one, the task is the other's. */
const twoIdentities: Course = async (sim, chance, name) => {
  sim.globus.truth.people.push([curator.principal, LINKED_PRINCIPAL]);
  const [granted, submits] = chance.pick(`${name} identities`, [
    [curator, LINKED_PRINCIPAL],
    [{ ...curator, principal: LINKED_PRINCIPAL }, curator.principal],
  ] as const);
  const paths = await askForPaths(sim, granted, DRAFT);
  if (!paths) return;
  const taskId = submitUpload(sim, granted, [paths], { owner: submits, pace: paceFor(chance, name) });
  if (chance.happens(`${name} reports`, 0.7)) await reportUntilAccepted(sim, granted, paths, taskId);
};

/** Globus, Dataverse or both answer nothing for a while. */
const outage: Course = async (sim, chance, name) => {
  await sim.sleep(chance.whole(`${name} wait`, 0, 700));
  const seconds = chance.pick(`${name} for`, [20, 90, 400, 4_000]);
  sim.tell('world', () => `Globus answers nobody for ${seconds} s`);
  sim.circumstances.holdUps.add(name);
  sim.globus.callsPerWindow = 0;
  await sim.sleep(seconds);
  sim.globus.callsPerWindow = 200;
  sim.stirred();
  await sim.sleep(2 * 3_600);
  sim.circumstances.holdUps.delete(name);
};

/** The collection holds hardly any rule for a while. */
const fullCollection: Course = async (sim, chance, name) => {
  sim.globus.truth.ruleLimit = chance.whole(`${name} limit`, 0, 2);
  await sim.sleep(chance.pick(`${name} for`, [60, 400, 2_000]));
  sim.globus.truth.ruleLimit = 1_000;
};

/** Somebody gave the curator a rule by hand, before anything else. */
const ruleByHand: Course = async (sim, chance, name) => {
  const permission = chance.pick(`${name} permission`, ['r', 'rw'] as const);
  const path = DIRECTORIES[DRAFT] ?? '';
  if (sim.globus.ruleOf(path, curator.principal) || sim.rows().length > 0 || sim.records().length > 0) return;
  const ruleId = sim.globus.truth.addRuleByHand(path, curator.principal, permission);
  sim.foreignRules.add(ruleId);
  await honest(sim, chance, name);
};

/** The user's API token is taken away before files are registered, and given back later. */
const tokenLost: Course = async (sim, chance, name) => {
  const done = await upload(sim, curator, { datasetId: DRAFT, task: { pace: 30_000 } });
  if (done?.reply.status !== 200) return;
  const setToken = (token: string | null) => {
    for (const dataset of sim.dataverse.datasets.values())
      dataset.accounts.set(asUserName(curator.userName), { token });
  };
  sim.circumstances.holdUps.add(name);
  setToken(null);
  await sim.sleep(chance.pick(`${name} for`, [40, 600, 9_000]));
  setToken(curator.key);
  await sim.sleep(2 * 3_600);
  sim.circumstances.holdUps.delete(name);
};

/** A dataset is destroyed under whatever is going on in it. */
const destroyed: Course = async (sim, chance, name) => {
  await Promise.all([
    upload(sim, colleague, { datasetId: PUBLISHED, task: { pace: paceFor(chance, name) } }),
    sim.sleep(chance.whole(`${name} wait`, 1, 600)).then(() => sim.dataverse.destroy(PUBLISHED)),
  ]);
};

/** Dataverse refuses one of the files for good. */
const refusedFile: Course = async (sim, chance, name) => {
  const granted = await askForPaths(sim, curator, DRAFT, { files: 3 });
  if (!granted) return;
  const [identifier = ''] = granted.entries[chance.whole(`${name} file`, 0, 2)] ?? [];
  sim.dataverse.of(DRAFT).fileErrors.set(identifier, 'This file is refused.');
  const taskId = submitUpload(sim, curator, [granted], { pace: paceFor(chance, name) });
  await reportUntilAccepted(sim, curator, granted, taskId);
};

/** What is over is retried by its owner, and what is left behind is deleted by an operator. */
const tidyUp: Course = async (sim, chance, name) => {
  await sim.sleep(chance.whole(`${name} wait`, 300, 3_000));
  for (const { transferId, datasetId } of sim.records()) {
    const deed = chance.pick(`${name} deed`, ['retry', 'delete', 'show', 'nothing'] as const);
    if (deed === 'retry') await sendPatiently(sim, curator, { functionName: 'retry-transfer', transferId, json: {} });
    if (deed === 'show') await sendPatiently(sim, curator, { functionName: 'show-transfer', transferId });
    if (deed === 'delete') {
      await sendPatiently(sim, operator, { functionName: 'delete-leftovers', json: { datasetId, dryRun: false } });
    }
  }
};

const COURSES: readonly Course[] = [
  honest,
  honest,
  honest,
  silent,
  late,
  late,
  doubleTab,
  severalGrants,
  downloads,
  downloads,
  cancelling,
  hostile,
  troubled,
  operatorsHands,
  operatorsHands,
  twoIdentities,
  outage,
  fullCollection,
  ruleByHand,
  tokenLost,
  destroyed,
  refusedFile,
  tidyUp,
];

/** The run of a seed. */
export function randomRun(seed: number): RandomRun {
  const chance = createChance(seed);
  const count = chance.pick('how many people', [1, 1, 2, 2, 2, 3, 4]);
  const courses = Array.from({ length: count }, () => chance.pick('course', COURSES));
  const settings: Partial<Settings> = chance.happens('lock policy', 0.25) ? { lockPolicy: 'registration' } : {};
  return {
    scenario: {
      name: `seed ${seed}`,
      plays: [],
      async play(sim) {
        await Promise.all(
          courses.map(async (course, index) => {
            await sim.sleep(chance.pick('begins after', [0, 0, 0.5, 2, 10, 200, 400]));
            await course(sim, chance, `person ${index}`);
          }),
        );
      },
    },
    harshness: chance.pick('harshness', HARSHNESS),
    changes: {
      settings,
      troubles: chance.pick('troubles', [SMALL_TROUBLES, SMALL_TROUBLES, LARGE_TROUBLES]),
      slowestListing: 9_500,
      longestIndexLag: chance.pick('lag', [0, 3_000, 60_000]),
      clockSkew: chance.pick('skew', [0, 0, 900]),
    },
    roughSeconds: chance.pick('rough for', [0, 120, 1_200, 7_200, 7_200, 20_000]),
    isSweepAlone: chance.happens('the sweep alone', 0.2),
  };
}
