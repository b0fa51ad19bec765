import { describe, expect, it } from 'vitest';
import { UpstreamRefusedError } from '../../functions/domain/errors.ts';
import { cancelTransfer } from '../../functions/use-cases/cancel-transfer.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { OTHER_TASK, TASK } from '../support/builders.ts';
import { expectNothingLeft, expiredGrant, recordOf } from '../support/late-reports.ts';
import { destinations, onlyTransfer } from '../support/reporting.ts';
import {
  asked,
  followedTransfer,
  OPERATOR,
  reasonsInTrail,
  reportedTransfer,
  settlingTransfer,
} from '../support/steering.ts';
import { createWorld, followToEnd, grant, runStep } from '../support/world.ts';

describe('cancelling a transfer whose task runs', () => {
  it('notes who asks, has Globus cancel, and wakes the step that waits', async () => {
    const { world, transferId } = await followedTransfer();
    const waiting = recordOf(world, transferId);
    await world.ports.transfers.write({ ...waiting, taskToken: 'a token', version: waiting.version + 1 });
    const answer = await cancelTransfer(world.ports, asked(world, transferId));
    expect(answer).toMatchObject({ transferId, state: 'FOLLOWING' });
    expect(world.globus.tasks.get(TASK)).toMatchObject({ status: 'FAILED', canceledByAdmin: 'DESTINATION' });
    expect(reasonsInTrail(world, transferId).at(-1)).toBe(`curator asks Globus to cancel task ${TASK}`);
    expect(world.woken).toEqual(['a token']);
    expect(world.results).toEqual([{ next: 'FOLLOW', waitSeconds: 0 }]);
  });

  it('takes neither rule nor lock: they go when Globus says that the task has ended, and nothing is registered', async () => {
    const { world, transferId } = await followedTransfer();
    await cancelTransfer(world.ports, asked(world, transferId));
    expect(world.globus.rules).toHaveLength(1);
    expect(world.dataverse.lockList).toHaveLength(1);
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', outcome: { cancelled: true } });
    expect(world.dataverse.files).toEqual([]);
    expectNothingLeft(world);
  });

  it('is the same however often it is asked for, before and after the end', async () => {
    const { world, transferId } = await followedTransfer();
    await cancelTransfer(world.ports, asked(world, transferId));
    expect(await cancelTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'FOLLOWING' });
    await followToEnd(world, transferId);
    expect(await cancelTransfer(world.ports, asked(world, transferId))).toMatchObject({
      state: 'CLOSED',
      message: 'The transfer was cancelled.',
    });
  });

  it('gets one in ATTENTION going again, in its next execution', async () => {
    const { world, transferId } = await followedTransfer();
    await raiseAttention(world.ports, transferId, 'a step keeps failing');
    const answer = await cancelTransfer(world.ports, asked(world, transferId, OPERATOR));
    expect(answer.state).toBe('FOLLOWING');
    expect(world.started).toContain(`${transferId}-2`);
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId)).toMatchObject({ state: 'CLOSED', attention: null });
  });

  it('says what the service lacks when Globus refuses, and keeps the note of who asked', async () => {
    const { world, transferId } = await followedTransfer();
    world.globus.cancelTask = async () => {
      throw new UpstreamRefusedError('Globus refused: PermissionDenied');
    };
    const refused = cancelTransfer(world.ports, asked(world, transferId));
    await expect(refused).rejects.toMatchObject({ kind: 'upstream-refused', message: /activity_manager/ });
    expect(recordOf(world, transferId)).toMatchObject({ state: 'FOLLOWING', steered: { action: 'cancel' } });
  });

  it('is not said to have been done when Globus refused and the task came to its own end', async () => {
    const { world, paths, transferId } = await followedTransfer();
    const { cancelTask } = world.globus;
    world.globus.cancelTask = async () => {
      throw new UpstreamRefusedError('Globus refused: PermissionDenied');
    };
    await cancelTransfer(world.ports, asked(world, transferId)).catch(() => undefined);
    world.globus.cancelTask = cancelTask;
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    const late = cancelTransfer(world.ports, asked(world, transferId));
    await expect(late).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is not done for a task that nobody has proven yet: it may be somebody else’s', async () => {
    const world = createWorld();
    world.globus.down.add('findTask');
    const { transferId } = await reportedTransfer(world);
    world.globus.down.clear();
    expect(recordOf(world, transferId).admission).toBe('UNVERIFIED');
    await expect(cancelTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.globus.tasks.get(TASK)?.status).toBe('ACTIVE');
  });
});

describe('cancelling a transfer whose task has ended', () => {
  it('is refused, with the reason', async () => {
    const { world, transferId } = await settlingTransfer();
    const refused = cancelTransfer(world.ports, asked(world, transferId));
    await expect(refused).rejects.toThrow('The task of transfer');
    await followToEnd(world, transferId);
    const over = cancelTransfer(world.ports, asked(world, transferId));
    await expect(over).rejects.toThrow(/is over: CLOSED \(2 files registered, 0 not\)/);
  });
});

describe('cancelling a grant that was not reported', () => {
  it('ends its lease now: the rule goes by the usual step', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    expect(await cancelTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'GRANTED' });
    expect(reasonsInTrail(world, transferId).at(-1)).toBe('curator ends the lease');
    const begun = world.clock.nowEpochSeconds();
    expect(await runStep(world.ports, transferId, 'LEASE')).toEqual({ next: 'LEASE', waitSeconds: 11 });
    expect(world.clock.nowEpochSeconds()).toBe(begun);
    expect(world.globus.rules).toEqual([]);
    expect(await cancelTransfer(world.ports, asked(world, transferId))).toMatchObject({ state: 'EXPIRING' });
  });

  it('leaves a live task that nobody reported alone: it may be anybody’s who has that identity', async () => {
    const world = createWorld();
    await grant(world.ports);
    const transferId = onlyTransfer(world);
    world.globus.submit(OTHER_TASK);
    world.clock.advance(301_000);
    await runStep(world.ports, transferId, 'LEASE');
    expect(recordOf(world, transferId).state).toBe('OBSERVED');
    const refused = cancelTransfer(world.ports, asked(world, transferId));
    await expect(refused).rejects.toThrow(OTHER_TASK);
    expect(world.globus.tasks.get(OTHER_TASK)?.status).toBe('ACTIVE');
    expect(world.globus.rules).toHaveLength(1);
  });

  it('is refused when it is over', async () => {
    const { world, transferId } = await expiredGrant();
    await expect(cancelTransfer(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
  });
});
