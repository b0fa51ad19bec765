import { describe, expect, it } from 'vitest';
import type { TransferId, UserName } from '../../functions/domain/ids.ts';
import { listOpenTransfers, listTransfersOfDataset } from '../../functions/use-cases/list-transfers.ts';
import { aRecord, CURATOR, DATASET } from '../support/builders.ts';
import { createWorld, STORE, type World } from '../support/world.ts';

const idOf = (index: number, datasetId = '29') =>
  `${datasetId}-18b49d36${String(index).padStart(3, '0')}` as TransferId;
const ids = (page: { readonly transfers: readonly { readonly transferId: TransferId }[] }) =>
  page.transfers.map(({ transferId }) => transferId);

/** Transfers 1 to `count` of the dataset; every third is somebody else's. */
async function worldWith(count: number): Promise<World> {
  const world = createWorld();
  for (let index = 1; index <= count; index++) {
    const userName = index % 3 === 0 ? ('other' as UserName) : CURATOR;
    await world.ports.transfers.reserve(aRecord({ transferId: idOf(index), userName }));
  }
  return world;
}

describe('the transfers of a dataset', () => {
  it('are listed newest first, page by page, each once', async () => {
    const world = await worldWith(7);
    const seen: TransferId[] = [];
    let before: TransferId | undefined;
    do {
      const page = await listTransfersOfDataset(world.ports, DATASET, { limit: 3, before }, () => true);
      seen.push(...ids(page));
      before = page.next ?? undefined;
    } while (before);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map((index) => idOf(index)));
  });

  it('end without a next page when the last one is full', async () => {
    const world = await worldWith(3);
    const page = await listTransfersOfDataset(world.ports, DATASET, { limit: 2, before: idOf(3) }, () => true);
    expect(ids(page)).toEqual([idOf(2), idOf(1)]);
    expect(page.next).toBeNull();
  });

  it('are filled up with those that the asker may see', async () => {
    const world = await worldWith(9);
    const page = await listTransfersOfDataset(
      world.ports,
      DATASET,
      { limit: 2, before: undefined },
      ({ userName }) => userName === 'other',
    );
    expect(ids(page)).toEqual([idOf(9), idOf(6)]);
    const rest = await listTransfersOfDataset(
      world.ports,
      DATASET,
      { limit: 2, before: page.next ?? undefined },
      ({ userName }) => userName === 'other',
    );
    expect(rest).toMatchObject({ transfers: [{ transferId: idOf(3) }], next: null });
  });
});

describe('what is open anywhere', () => {
  it('is listed newest first, of all datasets, and no more than asked for', async () => {
    const world = await worldWith(4);
    await world.ports.transfers.reserve(aRecord({ transferId: idOf(9, '30') }));
    await world.ports.transfers.reserve(aRecord({ transferId: idOf(8), state: 'CLOSED' }));
    const page = await listOpenTransfers(world.ports, [STORE, { ...STORE, storeId: 'twice' }], {
      limit: 3,
      before: undefined,
    });
    expect(page).toMatchObject({ next: idOf(3) });
    expect(ids(page)).toEqual([idOf(9, '30'), idOf(4), idOf(3)]);
    const rest = await listOpenTransfers(world.ports, [STORE], { limit: 3, before: idOf(3) });
    expect(rest.next).toBeNull();
    expect(ids(rest)).toEqual([idOf(2), idOf(1)]);
  });

  it('leaves out what is over by the record, though the index still has it', async () => {
    const world = await worldWith(1);
    const { listTransfers } = world.ports.open;
    world.ports.open.listTransfers = async (...args) => {
      const found = await listTransfers(...args);
      const record = await world.ports.transfers.read(idOf(1));
      if (record) await world.ports.transfers.write({ ...record, state: 'EXPIRED', version: record.version + 1 });
      return found;
    };
    expect(await listOpenTransfers(world.ports, [STORE], { limit: 3, before: undefined })).toEqual({
      transfers: [],
      next: null,
    });
  });
});
