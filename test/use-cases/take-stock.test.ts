import { describe, expect, it } from 'vitest';
import { takeStock } from '../../functions/use-cases/take-stock.ts';
import { COLLECTION } from '../support/builders.ts';
import { createWorld, grant } from '../support/world.ts';

describe('the stock', () => {
  it('takes no rule for overdue whose transfer ends while it is counted', async () => {
    const { clock, ports } = createWorld();
    await grant(ports);
    clock.advance(901_000);
    const { open, accessRules } = ports;
    // Whatever is read second finds neither transfer nor row any more.
    let isOver = false;
    const unlessOver = async <Found>(read: () => Promise<readonly Found[]>): Promise<readonly Found[]> => {
      if (isOver) return [];
      isOver = true;
      return read();
    };
    const ending = {
      clock,
      open: { ...open, listTransfers: () => unlessOver(() => open.listTransfers(COLLECTION)) },
      accessRules: { ...accessRules, list: () => unlessOver(() => accessRules.list(COLLECTION)) },
    };
    expect(await takeStock(ending, COLLECTION)).toMatchObject({ openTransfers: 1, overdueRules: 0 });
  });
});
