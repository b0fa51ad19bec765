import { describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { awaitCompletion } from '../../functions/use-cases/await-completion.ts';
import { awaitReport } from '../../functions/use-cases/await-report.ts';
import { endLease } from '../../functions/use-cases/end-lease.ts';
import { startSuccessor } from '../../functions/use-cases/succeed-execution.ts';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import { SWEEPER } from '../../functions/use-cases/workers.ts';
import { aRecord, TASK } from '../support/builders.ts';
import { crashingAt } from '../support/crashing-ports.ts';
import { recordOf } from '../support/late-reports.ts';
import { onlyTransfer } from '../support/reporting.ts';
import { createWorld, grant } from '../support/world.ts';

describe('the step that waits for the report', () => {
  it('repeated late in the lease, waits only for what is left of it', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(100_000);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.results).toEqual([{ next: 'REPORT', waitSeconds: 200 }]);
  });

  it('begun after the end of the lease, does not wait at all', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(301_000);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.results).toEqual([{ next: 'LEASE', waitSeconds: 0 }]);
  });

  it('begun when the lease is over by its own clock and not by that of the step before, waits that second', async () => {
    const world = createWorld();
    await grant(world.ports);
    world.clock.advance(301_000);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 1 });
    expect(world.results).toEqual([]);
  });

  it('waits as it was told when that is what is left', async () => {
    const world = createWorld();
    await grant(world.ports);
    await awaitReport(world.ports, onlyTransfer(world), { taskToken: 'token-1', waitSeconds: 300 });
    expect(world.results).toEqual([]);
  });
});

describe('a step that waits for an execution which another one has followed', () => {
  it.each([
    { case: 'the end of the task', state: 'FOLLOWING', wait: awaitCompletion },
    { case: 'the report', state: 'GRANTED', wait: awaitReport },
  ] as const)('for $case leaves the token of the later one, and ends its own', async ({ state, wait }) => {
    const world = createWorld();
    const { transferId } = aRecord();
    const bound = { taskId: TASK, bodyHash: 'hash', fileCount: 1, listId: 'list' };
    await world.ports.transfers.reserve(aRecord({ state, bound: state === 'GRANTED' ? null : bound }));
    world.globus.submit(TASK);
    await withTransfer(world.ports, transferId, SWEEPER, (taken) => startSuccessor(world.ports, taken, {}));
    await wait(world.ports, transferId, { taskToken: 'of-2', waitSeconds: 300, executionNumber: 2 });
    await wait(world.ports, transferId, { taskToken: 'of-1', waitSeconds: 300, executionNumber: 1 });
    expect(recordOf(world, transferId).taskToken).toBe('of-2');
    expect([world.woken, world.results]).toEqual([['of-1'], [{ next: 'DONE', waitSeconds: 0 }]]);
  });
});

describe('a step that dies before the report', () => {
  it.each([
    { case: 'having saved its token', step: awaitReport },
    { case: 'having found the lease running', step: (ports: Ports, id: TransferId) => endLease(ports, id) },
  ])('$case keeps nobody from ending the lease on time', async ({ step }) => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    for (let at = 1; at <= 4; at++) {
      const dying = crashingAt(world.ports, at, true);
      await step(dying.ports, transferId, { taskToken: 'token', waitSeconds: 300 }).catch(() => undefined);
      expect(recordOf(world, transferId).takenBy, `after ${dying.where()}`).toBeNull();
    }
    world.clock.advance(300_000);
    const before = world.clock.nowMilliseconds();
    expect(await endLease(world.ports, transferId)).toMatchObject({ next: 'LEASE' });
    expect(recordOf(world, transferId).state).toBe('EXPIRING');
    expect(world.clock.nowMilliseconds()).toBe(before);
  });

  it('which finds the lease running writes nothing at all', async () => {
    const world = createWorld();
    await grant(world.ports);
    const before = recordOf(world, onlyTransfer(world));
    expect(await endLease(world.ports, before.transferId)).toEqual({ next: 'REPORT', waitSeconds: 300 });
    expect(recordOf(world, before.transferId)).toEqual(before);
  });
});
