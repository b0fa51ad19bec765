import type { UserName } from '../domain/ids.ts';
import type { FileResult } from '../domain/reported-file.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { unlessGone } from './unless-gone.ts';

/** What becomes of the files of a transfer that was given up; each is in one of the lists. */
export interface GivenUpFiles {
  readonly registered: readonly FileResult[];
  /** Refused by Dataverse before; these results are on record. */
  readonly refused: readonly FileResult[];
  readonly failed: readonly FileResult[];
}

/**
 * Registers nothing more: files that Dataverse lists are registered, all others are not. Globus is not asked, whose list may be gone (F-60), and
 * a file list that was cut off, or a dataset that does not exist any more, keeps nobody from giving up.
 * @throws UnavailableError when Dataverse does not answer: what is registered by now must be known
 */
export async function giveUpFiles(
  ports: Pick<Ports, 'clock' | 'dataverse' | 'files'>,
  { transferId, datasetId, bound }: TransferRecord,
  by: UserName,
): Promise<GivenUpFiles> {
  const [reported, listed, results] = await Promise.all([
    bound ? ports.files.readFiles(transferId, bound.listId) : [],
    unlessGone(ports, () => ports.dataverse.listFiles(datasetId)),
    ports.files.readResults(transferId),
  ]);
  const before = results.filter(({ outcome }) => outcome === 'registered');
  const present = new Set([...(listed === 'gone' ? [] : listed), ...before].map((file) => file.storageIdentifier));
  const isPresent = (file: { readonly storageIdentifier: string }) => present.has(file.storageIdentifier);
  const refused = results.filter((result) => isOnRecord(result) && !isPresent(result));
  const settled = new Set([...present, ...refused.map((result) => result.storageIdentifier)]);
  return {
    registered: reported
      .filter(isPresent)
      .map(({ storageIdentifier, fileName }) => ({ storageIdentifier, fileName, outcome: 'registered', reason: null })),
    refused,
    failed: reported
      .filter((file) => !settled.has(file.storageIdentifier))
      .map(({ storageIdentifier, fileName }) => ({
        storageIdentifier,
        fileName,
        outcome: 'refused',
        reason: `given up by ${by}`,
        isJudgedAnew: true,
      })),
  };
}

/** Dataverse's own refusals stand under the batch that they came with. */
function isOnRecord({ outcome, isJudgedAnew }: FileResult): boolean {
  return outcome === 'refused' && !isJudgedAnew;
}
