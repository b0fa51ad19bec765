import { describe, expect, it, vi } from 'vitest';
import { asUserName } from '../../functions/domain/ids.ts';
import { raiseAttention } from '../../functions/use-cases/raise-attention.ts';
import { releaseTransfer } from '../../functions/use-cases/release-transfer.ts';
import { aClaim, CURATOR, type DATASET, OTHER_TASK, TASK } from '../support/builders.ts';
import {
  expectNothingLeft,
  expiredGrant,
  followAll,
  recordOf,
  registered,
  successorOf,
} from '../support/late-reports.ts';
import { destinations, report } from '../support/reporting.ts';
import { asked, followedTransfer, OPERATOR, reasonsInTrail, retry, settlingTransfer } from '../support/steering.ts';
import { createWorld, followToEnd, runStep, SETTINGS, type World } from '../support/world.ts';

const REFUSAL = 'The checksum is wrong.';

/** A closed upload of two files, of which Dataverse refused the second. */
async function closedWithRefusal(world: World = createWorld()) {
  const settling = await settlingTransfer(world);
  const [[first = ''] = [], [second = ''] = []] = settling.paths;
  world.dataverse.fileErrors.set(second, REFUSAL);
  await followToEnd(world, settling.transferId);
  expect(recordOf(world, settling.transferId)).toMatchObject({ state: 'CLOSED', registration: { failed: 1 } });
  return { ...settling, first, second };
}

describe('retrying a transfer in ATTENTION', () => {
  it('goes on where it was interrupted, at once, in its next execution', async () => {
    const { world, paths, transferId } = await followedTransfer();
    await raiseAttention(world.ports, transferId, 'a step keeps failing');
    expect(await retry(world.ports, asked(world, transferId))).toMatchObject({ transferId, state: 'FOLLOWING' });
    expect(recordOf(world, transferId)).toMatchObject({ attention: null, executionNumber: 2, looks: 0 });
    expect(world.started).toEqual([`${transferId}-1`, `${transferId}-2`]);
    expect(reasonsInTrail(world, transferId)).toContain('curator has it tried again');
    world.globus.finish(TASK, destinations(paths));
    await followToEnd(world, transferId);
    expect(registered(world)).toHaveLength(2);
    expectNothingLeft(world);
  });

  it('begins with new patience: one more failure asks no operator', async () => {
    const { world, transferId } = await settlingTransfer();
    const record = recordOf(world, transferId);
    const tired = { batchSize: 1, batchesSent: 9, sentAsService: false, registered: 0, failed: 0 };
    const registration = { ...tired, unsettledUntilEpochSeconds: null, fruitlessRounds: 9, isComplete: false };
    await world.ports.transfers.write({ ...record, registration, version: record.version + 1 });
    await raiseAttention(world.ports, transferId, 'files cannot be registered');
    await retry(world.ports, asked(world, transferId));
    world.dataverse.addFaults.push('500-after-effect');
    expect(await runStep(world.ports, transferId, 'REGISTER')).toMatchObject({ next: 'REGISTER' });
  });

  it('sends the files at once that nobody could be asked for before', async () => {
    const { world, transferId } = await settlingTransfer();
    world.dataverse.accounts.set(CURATOR, { token: null });
    await expect(runStep(world.ports, transferId, 'REGISTER')).rejects.toThrow('has no API token');
    await raiseAttention(world.ports, transferId, 'no token');
    world.dataverse.accounts.set(CURATOR, { token: 'a new key' });
    await retry(world.ports, asked(world, transferId));
    await runStep(world.ports, transferId, 'REGISTER');
    expect(registered(world)).toHaveLength(2);
  });

  it('repeated, says that it is under way', async () => {
    const { world, transferId } = await followedTransfer();
    await raiseAttention(world.ports, transferId, 'a step keeps failing');
    await retry(world.ports, asked(world, transferId));
    expect(await retry(world.ports, asked(world, transferId))).toMatchObject({ message: 'It is under way.' });
    expect(world.started).toHaveLength(2);
  });

  it('is refused for one that goes on by itself', async () => {
    const { world, transferId } = await followedTransfer();
    await expect(retry(world.ports, asked(world, transferId))).rejects.toThrow(/goes on by itself \(FOLLOWING\)/);
  });
});

describe('retrying a closed upload', () => {
  it('registers in a successor what was refused, and nothing twice', async () => {
    const { world, transferId, first, second } = await closedWithRefusal();
    world.dataverse.fileErrors.clear();
    const answer = await retry(world.ports, asked(world, transferId, OPERATOR));
    const successor = successorOf(world, transferId);
    expect(answer).toMatchObject({ transferId: successor.transferId, state: 'SETTLING' });
    expect(successor).toMatchObject({ continues: transferId, identifiersOf: transferId, ruleReleased: true });
    expect(reasonsInTrail(world, transferId).at(-1)).toContain('admin retries it');
    expect(world.started).toContain(`${successor.transferId}-1`);
    expect(world.globus.rules).toEqual([]);
    await followAll(world);
    expect(registered(world)).toEqual([first, second].sort());
    expect(recordOf(world, successor.transferId)).toMatchObject({ registration: { registered: 2, failed: 0 } });
    expectNothingLeft(world);
  });

  it('takes over the claim of the task', async () => {
    const { world, transferId } = await closedWithRefusal();
    await retry(world.ports, asked(world, transferId));
    const { transferId: successorId } = successorOf(world, transferId);
    expect(world.ports.claims.items().map((claim) => Object.keys(claim.transfers))).toEqual([[successorId]]);
  });

  it('is the same however often it is asked for, and goes on from the last attempt', async () => {
    const { world, transferId, second } = await closedWithRefusal();
    const first = await retry(world.ports, asked(world, transferId));
    expect(await retry(world.ports, asked(world, transferId))).toMatchObject({ transferId: first.transferId });
    await followAll(world);
    world.dataverse.fileErrors.clear();
    const third = await retry(world.ports, asked(world, transferId));
    expect(recordOf(world, third.transferId)).toMatchObject({ continues: first.transferId, identifiersOf: transferId });
    await followAll(world);
    expect(registered(world)).toContain(second);
    await expect(retry(world.ports, asked(world, transferId))).rejects.toThrow(/All 2 files .* are registered/);
  });

  it.each(['list of files', 'claim', 'record', 'workflow'] as const)(
    'ends in one successor when its worker dies before the %s is there',
    async (what) => {
      const { world, transferId } = await closedWithRefusal();
      world.dataverse.fileErrors.clear();
      const { files, claims, transfers, workflow } = world.ports;
      const dies = {
        'list of files': () => vi.spyOn(files, 'writeFiles'),
        claim: () => vi.spyOn(claims, 'write'),
        record: () => vi.spyOn(transfers, 'reserve'),
        workflow: () => vi.spyOn(workflow, 'start'),
      }[what]();
      dies.mockRejectedValueOnce(new Error('dead'));
      await expect(retry(world.ports, asked(world, transferId))).rejects.toThrow('dead');
      await retry(world.ports, asked(world, transferId));
      expect(world.ports.transfers.records()).toHaveLength(2);
      await followAll(world);
      expect(registered(world)).toHaveLength(2);
      expectNothingLeft(world);
    },
  );

  it('answers the same report as before, and no other one', async () => {
    const { world, paths, transferId } = await closedWithRefusal();
    await retry(world.ports, asked(world, transferId));
    await report(world.ports, paths);
    await expect(report(world.ports, paths, OTHER_TASK)).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.ports.transfers.records()).toHaveLength(2);
  });

  it('is refused when all files are registered, or none of them ever arrived', async () => {
    const { world, transferId } = await settlingTransfer();
    await followToEnd(world, transferId);
    await expect(retry(world.ports, asked(world, transferId))).rejects.toThrow(/there is nothing to retry/);

    const other = await followedTransfer();
    other.world.globus.finish(TASK, []);
    await followToEnd(other.world, other.transferId);
    const lost = retry(other.world.ports, asked(other.world, other.transferId));
    await expect(lost).rejects.toThrow(/2 files .* never arrived/);
  });

  it('registers what a cancelled task had moved once that is allowed', async () => {
    const { world, paths, transferId } = await followedTransfer();
    world.globus.cancel(TASK, destinations(paths));
    await followToEnd(world, transferId);
    await expect(retry(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
    const settings = { ...SETTINGS, registerCancelled: true };
    expect(await retry(world.ports, asked(world, transferId), undefined, settings)).toMatchObject({
      state: 'SETTLING',
    });
  });

  it('is refused to an owner who may not edit the dataset any more', async () => {
    const { world, transferId } = await closedWithRefusal();
    world.dataverse.canEdit = false;
    await expect(retry(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'forbidden' });
    expect(recordOf(world, transferId).continuedBy).toBeNull();
  });

  it('is refused once what it left was deleted', async () => {
    const { world, transferId } = await closedWithRefusal();
    const record = recordOf(world, transferId);
    const discarded = { by: asUserName('admin'), atEpochSeconds: 1 };
    await world.ports.transfers.write({ ...record, discarded, version: record.version + 1 });
    await expect(retry(world.ports, asked(world, transferId))).rejects.toThrow(/was deleted by admin/);
  });
});

describe('retrying a transfer that was given up', () => {
  it('asks Globus how its task ended, and registers what arrived', async () => {
    const { world, paths, transferId } = await followedTransfer();
    world.globus.finish(TASK, destinations(paths));
    await releaseTransfer(world.ports, asked(world, transferId));
    await followToEnd(world, transferId);
    expect(recordOf(world, transferId).outcome).toBeNull();
    await retry(world.ports, asked(world, transferId));
    expect(successorOf(world, transferId)).toMatchObject({ givenUp: null, outcome: { status: 'SUCCEEDED' } });
    await followAll(world);
    expect(registered(world)).toHaveLength(2);
  });

  it('is refused when the task was reported for another dataset meanwhile', async () => {
    const { world, paths, transferId } = await followedTransfer();
    world.globus.finish(TASK, destinations(paths));
    await releaseTransfer(world.ports, asked(world, transferId));
    await followToEnd(world, transferId);
    await world.ports.claims.create(aClaim({ datasetId: '30' as typeof DATASET, transfers: {} }));
    await expect(retry(world.ports, asked(world, transferId))).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.ports.transfers.records()).toHaveLength(1);
  });
});

describe('retrying a transfer that was never reported', () => {
  it('needs to be told the task', async () => {
    const { world, transferId } = await expiredGrant();
    const refused = retry(world.ports, asked(world, transferId));
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', message: /taskIdentifier/ });
  });
});
