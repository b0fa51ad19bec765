import { describe, expect, it } from 'vitest';
import type { DownloadList } from '../../functions/ports/download-list-store.ts';
import { CURATOR, DATASET, START_SECONDS } from '../support/builders.ts';
import type { StorePorts } from './stores.ts';

/** The part of the stores' contract that is about file lists of launches. */
export function describeDownloadLists(emptyStores: () => Promise<StorePorts>): void {
  describe('file lists of launches', () => {
    const aList = (changes: Partial<DownloadList> = {}): DownloadList => ({
      downloadId: 'b5fd01aa-8963-41ee-83ae-d5484943e99a',
      datasetId: DATASET,
      userName: CURATOR,
      fileIds: ['61', '60'],
      expiresAtEpochSeconds: START_SECONDS,
      ...changes,
    });

    it('are read as they were kept, each by its own id', async () => {
      const { downloadLists } = await emptyStores();
      const ofGuest = aList({ downloadId: 'another', userName: null, fileIds: [] });
      for (const list of [aList(), ofGuest]) await downloadLists.keep(list);
      expect(await downloadLists.read(aList().downloadId)).toEqual(aList());
      expect(await downloadLists.read('another')).toEqual(ofGuest);
      expect(await downloadLists.read('never')).toBeUndefined();
    });

    it('are kept twice like once', async () => {
      const { downloadLists } = await emptyStores();
      for (let times = 0; times < 2; times += 1) await downloadLists.keep(aList());
      expect(await downloadLists.read(aList().downloadId)).toEqual(aList());
    });

    it('hold fifty thousand files of the longest ids in their order', async () => {
      const { downloadLists } = await emptyStores();
      const fileIds = Array.from({ length: 50_000 }, (_, index) => String(9_000_000_000_000_000_000n - BigInt(index)));
      await downloadLists.keep(aList({ fileIds }));
      expect((await downloadLists.read(aList().downloadId))?.fileIds).toEqual(fileIds);
    });
  });
}
