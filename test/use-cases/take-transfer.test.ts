import { describe, expect, it } from 'vitest';
import { withTransfer } from '../../functions/use-cases/take-transfer.ts';
import { aRecord, TRANSFER } from '../support/builders.ts';
import { createWorld } from '../support/world.ts';

const WORKER = { name: 'tester', limitSeconds: 30, patienceSeconds: 5 };

describe('taking a record', () => {
  it('waits while somebody else has it, and gives up with a time to come back', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(
      aRecord({ takenBy: 'other#1', dueAtEpochSeconds: ports.clock.nowEpochSeconds() + 60 }),
    );
    await expect(withTransfer(ports, TRANSFER, WORKER, async () => 'worked')).rejects.toMatchObject({
      name: 'RecordTakenError',
      kind: 'unavailable',
    });
  });

  it('goes on once the other is past its due time', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(
      aRecord({ takenBy: 'other#1', dueAtEpochSeconds: ports.clock.nowEpochSeconds() + 3 }),
    );
    expect(await withTransfer(ports, TRANSFER, WORKER, async () => 'worked')).toBe('worked');
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ takenBy: null });
  });

  it('loses the record to a worker that took it over, and then writes nothing', async () => {
    const { ports, clock } = createWorld();
    await ports.transfers.reserve(aRecord());
    const slow = withTransfer(ports, TRANSFER, WORKER, async (taken) => {
      clock.advance(120_000);
      await withTransfer(ports, TRANSFER, { ...WORKER, name: 'successor' }, (other) =>
        other.giveBack({ state: 'EXPIRING' }),
      );
      return taken.write({ state: 'BOUND' });
    });
    await expect(slow).rejects.toMatchObject({ name: 'RecordTakenError' });
    expect((await ports.transfers.read(TRANSFER))?.state).toBe('EXPIRING');
  });

  it('gives the record back when the work fails, so that the next worker need not wait', async () => {
    const { ports } = createWorld();
    await ports.transfers.reserve(aRecord());
    const failing = withTransfer(ports, TRANSFER, WORKER, async () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await ports.transfers.read(TRANSFER)).toMatchObject({ takenBy: null, state: 'GRANTED' });
  });
});
