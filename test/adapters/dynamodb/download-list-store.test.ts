import { describe, expect, it } from 'vitest';
import { createDownloadListStore } from '../../../functions/adapters/dynamodb/download-list-store.ts';
import { CURATOR, DATASET, START_SECONDS } from '../../support/builders.ts';
import { emptyTablesOn, startDynalite } from '../../support/empty-tables.ts';

const emptyTables = emptyTablesOn(startDynalite);
const list = {
  downloadId: 'b5fd01aa-8963-41ee-83ae-d5484943e99a',
  datasetId: DATASET,
  userName: CURATOR,
  fileIds: Array.from({ length: 20_001 }, (_, index) => String(index + 1)),
  expiresAtEpochSeconds: START_SECONDS,
};

describe('the file list of a launch in the table', () => {
  it('has its end on every part, where the table looks for what may go', async () => {
    const { downloads } = await emptyTables();
    await createDownloadListStore(downloads).keep(list);
    const parts = await downloads.list(
      { name: 'downloadId', value: list.downloadId },
      { name: 'part', prefix: 'part#' },
    );
    expect(parts.map(({ part, expiresAtEpochSeconds }) => [part, expiresAtEpochSeconds])).toEqual([
      ['part#0000', START_SECONDS],
      ['part#0001', START_SECONDS],
    ]);
  });

  it.each(['part#0000', 'part#0001'])('is none while its %s is missing', async (part) => {
    const { downloads } = await emptyTables();
    const store = createDownloadListStore(downloads);
    await store.keep(list);
    expect((await store.read(list.downloadId))?.fileIds).toEqual(list.fileIds);
    await downloads.remove({ downloadId: list.downloadId, part });
    expect(await store.read(list.downloadId)).toBeUndefined();
  });
});
