import { describe, expect, it } from 'vitest';
import { openKeysOfHold, openKeysOfTransfer } from '../../../functions/adapters/dynamodb/open-index.ts';
import type { TransferId } from '../../../functions/domain/ids.ts';
import { aRecord, COLLECTION, START_SECONDS } from '../../support/builders.ts';

/** Two items under one whole key of an index are legal, but one of them can vanish from dynalite's index. */
describe('the place of an item in the open index', () => {
  it('is its own, though another transfer is due at the same time', () => {
    const places = ['29-18b49d3688c', '29-18b49d3688d'].map((transferId) =>
      openKeysOfTransfer(aRecord({ transferId: transferId as TransferId })),
    );
    expect(places[0]?.['openDueTimeAndTransferId']).not.toBe(places[1]?.['openDueTimeAndTransferId']);
  });

  it('is its own, though another lock item or claim is to be checked at the same time', () => {
    const names = ['lock#29', 'lock#30', 'claim#29'];
    const places = names.map((name) => openKeysOfHold(COLLECTION, START_SECONDS, name)['openDueTimeAndTransferId']);
    expect(new Set(places).size).toBe(names.length);
  });
});
