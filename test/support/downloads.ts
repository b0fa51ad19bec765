import type { TransferId } from '../../functions/domain/ids.ts';
import { Secret } from '../../functions/domain/secret.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import { acceptDownload, type DownloadReport } from '../../functions/use-cases/accept-download.ts';
import { type DownloadOrder, grantDownload } from '../../functions/use-cases/grant-download.ts';
import type { DownloadQuestion } from '../../functions/use-cases/judge-download.ts';
import { COLLECTION, CURATOR, DATASET, PRINCIPAL, SOURCE_COLLECTION, TASK } from './builders.ts';
import { aStandingFile } from './fakes/fake-dataverse.ts';
import { SETTINGS, STORE } from './world.ts';

/** Which way the tasks of downloads go. */
export const OUTWARDS = { sourceCollectionId: COLLECTION, destinationCollectionId: SOURCE_COLLECTION } as const;

/** Asks for two files as a client does, and gives the record of the grant. */
export function grantOfDownload(ports: Ports, changes: Partial<DownloadOrder> = {}) {
  return grantDownload(ports, SETTINGS, {
    dataset: { datasetId: DATASET, protocol: 'doi', authority: '10.5072', identifier: 'FK2/ILLPXE' },
    store: STORE,
    userName: CURATOR,
    principal: PRINCIPAL,
    files: [aStandingFile({ fileId: '60' }), aStandingFile({ fileId: '61' })],
    idempotencyKey: undefined,
    ...changes,
  });
}

/** Reports the task of a download as a client does. */
export function reportDownload(ports: Ports, changes: Partial<DownloadReport> = {}) {
  return acceptDownload(ports, SETTINGS, {
    datasetId: DATASET,
    userName: CURATOR,
    taskId: TASK,
    authoriseAgain: async () => {},
    ...changes,
  });
}

/** A question about the files of the dataset by somebody with this key. */
export function asking(key: string | undefined, changes: Partial<DownloadQuestion> = {}): DownloadQuestion {
  return {
    datasetId: DATASET,
    store: STORE,
    actingAs: key === undefined ? { kind: 'guest' } : { kind: 'key', token: new Secret(key) },
    mixedAccessPolicy: 'refuse',
    ...changes,
  };
}

/** The record as it is now. */
export async function recordNow(ports: Ports, transferId: TransferId) {
  const record = await ports.transfers.read(transferId);
  if (!record) throw new Error(`there is no transfer ${transferId}`);
  return record;
}
