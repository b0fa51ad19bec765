import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
import type { TransferId } from '../../functions/domain/ids.ts';
import { parseUploadReport } from '../../functions/domain/report.ts';
import { acceptReport } from '../../functions/use-cases/accept-report.ts';
import { awaitCompletion } from '../../functions/use-cases/await-completion.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import type { GrantedPaths } from '../../functions/use-cases/grant-upload.ts';
import { monitorTasks } from '../../functions/use-cases/monitor-tasks.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { transferWorkflowDefinition } from '../../functions/workflow/definition.ts';
import { executionInput, parseStepPayload, type StepPayload } from '../../functions/workflow/payload.ts';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { CURATOR, DATASET, TASK } from '../support/builders.ts';
import { createWorld, grant, runStep, SETTINGS, STORE, type World } from '../support/world.ts';
import { openRig, type Rig, type RigFunction } from '../workflow-engine/rig.ts';

/** The use case behind each step function; what is next for it is the world's to say. */
const NEXT_OF_FUNCTION = {
  'end-lease': 'LEASE',
  'look-at-task': 'FOLLOW',
  'release-access-rule': 'RELEASE',
  'register-files': 'REGISTER',
  'close-transfer': 'CLOSE',
} as const;

let world: World;
let worldStart: number;
let rig: Rig;
let startedAtMilliseconds: number;
/** When Globus ends the task, in seconds after the start. */
let taskEndsAfterSeconds: number;
let paths: GrantedPaths;
/** A step may wake its own wait, over HTTP, which takes more turns of the event loop than the engine's own work. */
let wakesUnderWay: number;

/** The world's time is the engine's, and Globus has done by then what it will have done. */
function catchUp(): void {
  const sinceStart = rig.clock.offsetMilliseconds() - startedAtMilliseconds;
  const behind = sinceStart - (world.clock.nowMilliseconds() - worldStart);
  if (behind > 0) world.clock.advance(behind);
  if (world.globus.tasks.get(TASK)?.status === 'ACTIVE' && sinceStart >= taskEndsAfterSeconds * 1000) {
    world.globus.finish(
      TASK,
      paths.map(([, path]) => path),
    );
  }
}
/** A step as the platform runs it: at the engine's time, and with its error's name for the workflow to match. */
function asFunction(step: (payload: StepPayload) => Promise<unknown>): RigFunction {
  return async (payload) => {
    catchUp();
    try {
      return await step(parseStepPayload(payload));
    } catch (error) {
      throw error instanceof Error ? new LambdaFailure(error.name, error.message) : error;
    }
  };
}

beforeEach(async () => {
  world = createWorld();
  worldStart = world.clock.nowMilliseconds();
  taskEndsAfterSeconds = Number.POSITIVE_INFINITY;
  const useCases = Object.entries(NEXT_OF_FUNCTION).map(([name, next]): [string, RigFunction] => [
    name,
    asFunction(({ transferId }) => runStep(world.ports, transferId, next)),
  ]);
  const functions: Record<string, RigFunction> = {
    ...Object.fromEntries(useCases),
    'await-report': asFunction(({ transferId, ...wait }) => awaitReport(world.ports, transferId, wait)),
    'await-completion': asFunction(({ transferId, ...wait }) => awaitCompletion(world.ports, transferId, wait)),
    'raise-attention': asFunction(({ transferId, reason }) => raiseAttention(world.ports, transferId, reason)),
  };
  wakesUnderWay = 0;
  const isBusy = () => wakesUnderWay > 0;
  rig = await openRig({ definition: transferWorkflowDefinition as never, functions, isBusy });
  world.ports.workflow.wake = async (taskToken, result) => {
    const call = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) });
    wakesUnderWay += 1;
    try {
      await rig.client.send(call);
      return 'woken';
    } catch {
      return 'gone';
    } finally {
      wakesUnderWay -= 1;
    }
  };
  startedAtMilliseconds = rig.clock.offsetMilliseconds();
  paths = await grant(world.ports);
});

afterEach(() => rig.close());

function onlyTransfer(): TransferId {
  const [record] = world.ports.transfers.records();
  if (!record) throw new Error('expected a transfer');
  return record.transferId;
}

async function report(): Promise<void> {
  catchUp();
  const files = paths.map(([storageIdentifier], index) => ({ storageIdentifier, fileName: `${index}.dat` }));
  await acceptReport(world.ports, SETTINGS, {
    datasetId: DATASET,
    datasetAsNamed: DATASET,
    userName: CURATOR,
    canPublish: true,
    report: parseUploadReport(JSON.stringify({ taskIdentifier: TASK, files })),
  });
}

/** A minute of the task monitor. */
async function tickMonitor(): Promise<void> {
  catchUp();
  await monitorTasks(world.ports, [STORE], { hasTime: () => true });
}

/** Starts the execution and, ten seconds later, submits and reports the task. */
async function startAndReport(): Promise<void> {
  await rig.start('upload', JSON.parse(executionInput(onlyTransfer(), 1)));
  await rig.settle();
  rig.clock.shift(10_000);
  catchUp();
  world.globus.submit(TASK);
  await report();
}

/** The same, followed to its end; Globus ends the task so long after its submission, and the task monitor finds it within its minute. */
async function uploadOf(taskSeconds: number, monitor: 'alive' | 'dead' = 'alive') {
  taskEndsAfterSeconds = 10 + taskSeconds;
  await startAndReport();
  if (taskSeconds < 60 || monitor === 'dead') return rig.finish('upload');
  const tickAt = Math.ceil(taskEndsAfterSeconds / 60) * 60_000;
  while (rig.clock.offsetMilliseconds() < tickAt) {
    await rig.settle();
    const isOver = rig.outcome('upload').status !== 'RUNNING';
    if (isOver || !rig.clock.moveToNextSleeper(tickAt)) rig.clock.shift(tickAt - rig.clock.offsetMilliseconds());
  }
  await rig.settle();
  await tickMonitor();
  return rig.finish('upload');
}

/** Lets time pass until something is so. */
async function moveOnUntil(isSo: () => boolean): Promise<void> {
  await rig.settle();
  while (!isSo()) {
    if (!rig.clock.moveToNextSleeper()) throw new Error('expected the workflow to go on');
    await rig.settle();
  }
}

function calledFunctions(): string[] {
  return rig.calls.map((call) => call.name);
}

describe('an execution of the transfer workflow', () => {
  it('follows an upload of a minute to its end in at most 60 transitions', async () => {
    const outcome = await uploadOf(60);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', outcome: { status: 'SUCCEEDED' } }]);
    expect(world.dataverse.files).toHaveLength(2);
    expect(outcome.transitionCount).toBeLessThanOrEqual(60);
  });

  it.each([
    { case: 'an hour', seconds: 3_600, most: 70 },
    { case: 'a day', seconds: 86_400, most: 70 },
    { case: '90 days', seconds: 90 * 86_400, most: 180 },
  ])('follows an upload of $case in at most $most transitions, and settles it within 75 s', async (row) => {
    const outcome = await uploadOf(row.seconds);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', registration: { registered: 2 } }]);
    expect(outcome.transitionCount).toBeLessThanOrEqual(row.most);
    expect(outcome.events.length).toBeLessThan(1_500);
    const begun = rig.calls.find((call) => call.name === 'register-files');
    expect((begun?.atMilliseconds ?? 0) / 1_000 - taskEndsAfterSeconds).toBeLessThanOrEqual(75);
  });

  it('is delayed by a dead task monitor and loses nothing: the wait ends with a look of its own', async () => {
    const outcome = await uploadOf(7_200, 'dead');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', registration: { registered: 2 } }]);
    const begun = rig.calls.find((call) => call.name === 'register-files');
    // The rounds are 1 and 3 hours long.
    expect(begun?.atMilliseconds).toBeLessThanOrEqual(4.1 * 3_600_000);
  });

  it('looks soon: an upload of three seconds is registered and unlocked within ten after its report, and closed ten later', async () => {
    await uploadOf(3);
    const [unlocked, closed] = rig.calls.filter((call) => call.name === 'close-transfer');
    expect(unlocked?.atMilliseconds).toBeLessThanOrEqual(20_000);
    expect(closed?.atMilliseconds).toBeLessThanOrEqual(30_000);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED' }]);
  });

  it('does the steps of an upload in the order that keeps the rule until the task is over', async () => {
    await uploadOf(1);
    const order = calledFunctions().filter((name, index, all) => name !== all[index - 1]);
    expect(order).toEqual([
      'end-lease',
      'await-report',
      'look-at-task',
      'release-access-rule',
      'register-files',
      'close-transfer',
    ]);
  });

  it('ends a lease that nobody reports in at most 60 transitions, with nothing left', async () => {
    await rig.start('unreported', JSON.parse(executionInput(onlyTransfer(), 1)));
    const outcome = await rig.finish('unreported');
    expect(outcome.status).toBe('SUCCEEDED');
    expect(outcome.transitionCount).toBeLessThanOrEqual(60);
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'EXPIRED' }]);
    expect(world.globus.rules).toEqual([]);
    const firstAfterLease = rig.calls.find((call) => call.name === 'end-lease' && call.atMilliseconds > 0);
    expect(firstAfterLease?.atMilliseconds).toBe(300_000);
  });

  it('starts again from any point: a second execution of a closed transfer changes nothing', async () => {
    await uploadOf(1);
    const [before] = world.ports.transfers.records();
    await rig.start('again', JSON.parse(executionInput(onlyTransfer(), 2)));
    expect((await rig.finish('again')).status).toBe('SUCCEEDED');
    const { state, trail, registration } = before ?? {};
    expect(world.ports.transfers.records()).toMatchObject([{ state, trail, registration, takenBy: null }]);
    expect(world.globus.rules).toEqual([]);
    expect(world.dataverse.lockList).toEqual([]);
  });

  it('goes on by itself when Globus does not answer three times in a row', async () => {
    const findTask = world.globus.findTask;
    let silences = 3;
    await startAndReport();
    world.globus.findTask = async (collectionId, taskId) => {
      if (silences-- > 0) throw new UnavailableError('Globus does not answer.');
      return findTask(collectionId, taskId);
    };
    taskEndsAfterSeconds = 11;
    expect((await rig.finish('upload')).status).toBe('SUCCEEDED');
    expect(silences).toBeLessThan(0);
    expect(calledFunctions()).not.toContain('raise-attention');
    expect(world.ports.transfers.records()).toMatchObject([{ state: 'CLOSED', attention: null }]);
  });

  it.each([
    {
      case: 'a look that can never work keeps the rule and the lock',
      breakIt: () => {
        world.globus.findTask = async () => {
          throw new TypeError('canary');
        };
      },
      rules: 1,
      locks: [{ lockType: 'GlobusUpload' }],
    },
    {
      case: 'a registration that Dataverse refuses keeps the dataset locked',
      breakIt: () => {
        world.dataverse.addFiles = async () => ({ kind: 'refused', status: 400, message: 'canary' });
        taskEndsAfterSeconds = 1;
      },
      rules: 0,
      locks: [{ lockType: 'EditInProgress' }],
    },
  ])('asks an operator and goes on trying when a step fails for good: $case', async ({ breakIt, rules, locks }) => {
    await startAndReport();
    breakIt();
    const attempts = () => calledFunctions().filter((name) => name === 'raise-attention').length;
    await moveOnUntil(() => attempts() === 3);
    expect(world.ports.transfers.records()).toMatchObject([
      { state: 'ATTENTION', attention: { reason: expect.stringContaining('canary') } },
    ]);
    expect(world.globus.rules).toHaveLength(rules);
    expect(world.dataverse.lockList).toMatchObject(locks);
  });
});
