import { describe, expect, it } from 'vitest';
import { ForbiddenError } from '../../functions/domain/errors.ts';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import type { TransferRecord } from '../../functions/domain/transfer.ts';
import { awaitCompletion } from '../../functions/use-cases/await-completion.ts';
import { monitorTasks } from '../../functions/use-cases/monitor-tasks.ts';
import { aRecord, aTask, START_SECONDS, TASK } from '../support/builders.ts';
import { createWorld, STORE, type World } from '../support/world.ts';

const AT_LEISURE = { hasTime: () => true };
const SECOND_STORE = { ...STORE, storeId: 's3g', basePath: '/s3' };

function taskIdOf(index: number): TaskId {
  return `3f530302-6c48-11ee-8428-${String(index).padStart(12, '0')}` as TaskId;
}

/** A transfer whose workflow step waits for its task, which lives. */
async function waiting(world: World, index: number, changes: Partial<TransferRecord> = {}): Promise<TransferRecord> {
  const taskId = taskIdOf(index);
  const record = aRecord({
    transferId: `29-${(0x18b49d36000 + index).toString(16)}` as TransferId,
    state: 'FOLLOWING',
    bound: { taskId, bodyHash: 'hash', fileCount: 1, listId: 'list' },
    taskToken: `token-${index}`,
    looks: 11,
    ...changes,
  });
  await world.ports.transfers.reserve(record);
  world.globus.submit(taskId);
  return record;
}

/** Counts the calls that Globus gets. */
function countCalls(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of ['listAllLiveTasks', 'findTask', 'listLiveTasks'] as const) {
    const method = world.globus[name] as (...args: unknown[]) => Promise<never>;
    world.globus[name] = (async (...args: unknown[]) => {
      counts[name] = (counts[name] ?? 0) + 1;
      return method(...args);
    }) as never;
  }
  return counts;
}

const tick = (world: World, limit = AT_LEISURE) => monitorTasks(world.ports, [STORE, SECOND_STORE], limit);

describe('a minute of the task monitor', () => {
  it('asks nobody when nothing is open', async () => {
    const world = createWorld();
    const calls = countCalls(world);
    await tick(world);
    expect(calls).toEqual({});
    expect(world.logged).toEqual([]);
  });

  it.each([
    { case: 'waits for its report', changes: { state: 'GRANTED' as const, bound: null } },
    { case: 'has no step that waits', changes: { taskToken: null } },
    { case: 'is settling', changes: { state: 'SETTLING' as const } },
    { case: 'is closed', changes: { state: 'CLOSED' as const } },
    { case: 'waits for an operator', changes: { state: 'ATTENTION' as const } },
  ])('asks nobody about a transfer that $case', async ({ changes }) => {
    const world = createWorld();
    await waiting(world, 1, changes);
    const calls = countCalls(world);
    await tick(world);
    expect(calls).toEqual({});
  });

  it('asks one list for all transfers of a collection, and calls nobody whose task lives', async () => {
    const world = createWorld();
    for (let index = 0; index < 50; index++) await waiting(world, index);
    world.globus.submit(taskIdOf(7), { status: 'INACTIVE' });
    const calls = countCalls(world);
    await tick(world);
    expect(calls).toEqual({ listAllLiveTasks: 1 });
    expect(world.woken).toEqual([]);
  });

  it.each(['SUCCEEDED', 'FAILED'] as const)('calls the step whose task is confirmed as %s', async (status) => {
    const world = createWorld();
    await waiting(world, 1);
    await waiting(world, 2);
    world.globus.finish(taskIdOf(2), [], { status });
    const calls = countCalls(world);
    await tick(world);
    expect(calls).toEqual({ listAllLiveTasks: 1, findTask: 1 });
    expect(world.woken).toEqual(['token-2']);
    expect(world.results).toEqual([{ next: 'FOLLOW', waitSeconds: 0 }]);
  });

  it.each([
    { case: 'that Globus does not know', answer: async () => undefined },
    { case: 'with a status nobody knows', answer: async () => aTask({ status: 'UNKNOWN' }) },
    { case: 'that lives after all', answer: async () => aTask({ status: 'ACTIVE' }) },
    {
      case: 'that Globus refuses to talk about',
      answer: async () => Promise.reject(new ForbiddenError('PermissionDenied')),
    },
  ])('calls nobody for a task $case, and everybody else', async ({ answer }) => {
    const world = createWorld();
    await waiting(world, 1);
    await waiting(world, 2);
    for (const index of [1, 2]) world.globus.finish(taskIdOf(index), []);
    const { findTask } = world.globus;
    world.globus.findTask = (collectionId, taskId) =>
      taskId === taskIdOf(1) ? answer() : findTask(collectionId, taskId);
    await tick(world);
    expect(world.woken).toEqual(['token-2']);
  });

  it('calls nobody when the list fails, and everybody a minute later', async () => {
    const world = createWorld();
    await waiting(world, 1);
    world.globus.finish(taskIdOf(1), []);
    world.globus.down.add('listAllLiveTasks');
    await tick(world);
    expect(world.woken).toEqual([]);
    expect(world.logged.map((line) => line.event)).toEqual(['task-monitor-failed']);
    world.globus.down.clear();
    await tick(world);
    expect(world.woken).toEqual(['token-1']);
  });

  it('calls an unreported transfer when all tasks it was seen with have ended', async () => {
    const world = createWorld();
    const observedTaskIds = [taskIdOf(1), taskIdOf(2)];
    await waiting(world, 1, { state: 'OBSERVED', bound: null, observedTaskIds });
    world.globus.submit(taskIdOf(2));
    world.globus.finish(taskIdOf(1), []);
    await tick(world);
    expect(world.woken).toEqual([]);
    world.globus.finish(taskIdOf(2), []);
    await tick(world);
    expect(world.woken).toEqual(['token-1']);
    expect(world.results).toEqual([{ next: 'LEASE', waitSeconds: 0 }]);
  });

  it('calls a transfer that could not be verified as soon as Globus answers', async () => {
    const world = createWorld();
    await waiting(world, 1, { state: 'BOUND', admission: 'UNVERIFIED' });
    await tick(world);
    expect(world.woken).toEqual(['token-1']);
  });

  it('that comes twice, or while another still runs, changes nothing but calls twice; a lost call is made again', async () => {
    const world = createWorld();
    const record = await waiting(world, 1);
    world.globus.finish(taskIdOf(1), []);
    const { wake } = world.ports.workflow;
    world.ports.workflow.wake = async () => Promise.reject(new ForbiddenError('lost'));
    await tick(world);
    world.ports.workflow.wake = wake;
    await Promise.all([tick(world), tick(world)]);
    expect(world.woken).toEqual(['token-1', 'token-1']);
    expect(await world.ports.transfers.read(record.transferId)).toEqual(record);
  });

  it('begins nothing when its time is used up, and leaves the rest to the next', async () => {
    const world = createWorld();
    for (let index = 0; index < 20; index++) {
      await waiting(world, index);
      world.globus.finish(taskIdOf(index), []);
    }
    let left = 8;
    await tick(world, { hasTime: () => left-- > 0 });
    expect(world.woken).toHaveLength(8);
    await tick(world);
    expect(new Set(world.woken).size).toBe(20);
  });
});

describe('the step that waits for the end of a task', () => {
  const wait = { taskToken: 'token-9', waitSeconds: 3_600 };

  it('saves its token and when it looks again, and sleeps on while the task lives', async () => {
    const world = createWorld();
    const { transferId } = await waiting(world, 1);
    await awaitCompletion(world.ports, transferId, wait);
    expect(world.woken).toEqual([]);
    expect(await world.ports.transfers.read(transferId)).toMatchObject({
      taskToken: 'token-9',
      state: 'FOLLOWING',
      takenBy: null,
      nextLookAtEpochSeconds: START_SECONDS + 3_600,
    });
  });

  it('wakes itself when the task ended before the token was saved', async () => {
    const world = createWorld();
    const { transferId } = await waiting(world, 1);
    world.globus.finish(taskIdOf(1), []);
    await awaitCompletion(world.ports, transferId, wait);
    expect(world.woken).toEqual(['token-9']);
    expect(world.results).toEqual([{ next: 'RELEASE', waitSeconds: 0 }]);
  });

  it('finds by itself, at the end of each round, what a dead monitor did not tell', async () => {
    const world = createWorld();
    const { transferId } = await waiting(world, 1);
    await awaitCompletion(world.ports, transferId, wait);
    world.globus.finish(taskIdOf(1), []);
    world.clock.advance(3_600_000);
    await awaitCompletion(world.ports, transferId, { taskToken: 'token-10', waitSeconds: 10_800 });
    expect(world.woken).toEqual(['token-10']);
  });

  it('leaves the token where the monitor finds it', async () => {
    const world = createWorld();
    const { transferId } = await waiting(world, 1, {
      bound: { taskId: TASK, bodyHash: 'hash', fileCount: 1, listId: 'list' },
    });
    world.globus.submit(TASK);
    await awaitCompletion(world.ports, transferId, wait);
    world.globus.finish(TASK, []);
    await tick(world);
    expect(world.woken).toEqual(['token-9']);
  });
});
