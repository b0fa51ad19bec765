import { describe, expect, it } from 'vitest';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { lookAtTask } from '../../functions/use-cases/look-at-task.ts';
import { aRecord, aTask, TASK, TRANSFER } from '../support/builders.ts';
import { onlyTransfer, report } from '../support/reporting.ts';
import { createWorld, grant } from '../support/world.ts';

describe('the step that waits for the report', () => {
  it('wakes itself when the report came before the token was saved', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND' }));
    await awaitReport(world.ports, TRANSFER, { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.woken).toEqual(['token-1']);
  });

  it('saves the token and sleeps on while there is no report', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'GRANTED' }));
    await awaitReport(world.ports, TRANSFER, { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.woken).toEqual([]);
    expect(await world.ports.transfers.read(TRANSFER)).toMatchObject({ taskToken: 'token-1', takenBy: null });
  });

  it('is woken by a report that finds its token', async () => {
    const world = createWorld();
    const paths = await grant(world.ports);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 300 });
    world.globus.submit(TASK);
    await report(world.ports, paths);
    expect(world.woken).toEqual(['token-1']);
  });
});

describe('a look at the task', () => {
  const bound = { taskId: TASK, bodyHash: 'hash', fileCount: 2, listId: 'list' };

  it.each([
    { case: 'ACTIVE', second: aTask({ status: 'ACTIVE' }) },
    { case: 'FAILED', second: aTask({ status: 'FAILED' }) },
    { case: 'nothing', second: undefined },
  ])('does not believe SUCCEEDED when the second read says $case', async ({ second }) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND', bound }));
    const answers = [aTask({ status: 'SUCCEEDED' }), second];
    world.globus.findTask = async () => answers.shift();
    expect(await lookAtTask(world.ports, TRANSFER)).toMatchObject({ next: 'FOLLOW' });
    expect((await world.ports.transfers.read(TRANSFER))?.state).toBe('FOLLOWING');
  });

  it.each(['INACTIVE', 'UNKNOWN', 'ACTIVE'] as const)('takes %s for a live task', async (status) => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'BOUND', bound }));
    world.globus.tasks.set(TASK, aTask({ status, fatalError: { code: 'X', description: 'x' } }));
    expect(await lookAtTask(world.ports, TRANSFER)).toMatchObject({ next: 'FOLLOW' });
  });

  it('takes a task that Globus does not find for a live one', async () => {
    const world = createWorld();
    await world.ports.transfers.reserve(aRecord({ state: 'FOLLOWING', bound, looks: 3 }));
    expect(await lookAtTask(world.ports, TRANSFER)).toEqual({ next: 'FOLLOW', waitSeconds: 4 });
  });
});
