import type { DatasetId, UserName } from '../domain/ids.ts';
import type { DownloadList } from '../ports/download-list-store.ts';
import type { Ports } from '../ports/ports.ts';

/** A URL that was just good enough when it was clicked is still good for a person's moment, and for clocks that differ. */
const GRACE_SECONDS = 300;

/**
 * Keeps the files that were chosen on Dataverse's page under a download id of our own: Dataverse's is known to one of its nodes for some
 * minutes, and forgotten with a restart (A1).
 * @returns the id
 */
export async function keepDownloadList(
  ports: Pick<Ports, 'clock' | 'random' | 'downloadLists'>,
  launch: {
    readonly datasetId: DatasetId;
    readonly userName: UserName | null;
    readonly fileIds: readonly string[];
    readonly minutes: number;
  },
): Promise<string> {
  const { minutes, ...list } = launch;
  const downloadId = ports.random.uuid();
  const expiresAtEpochSeconds = ports.clock.nowEpochSeconds() + minutes * 60 + GRACE_SECONDS;
  await ports.downloadLists.keep({ downloadId, ...list, expiresAtEpochSeconds });
  return downloadId;
}

/** The list of a launch of this dataset, while it is good; a user's own is nobody else's. Undefined otherwise, whatever the reason. */
export async function findDownloadList(
  ports: Pick<Ports, 'clock' | 'downloadLists'>,
  downloadId: string,
  { datasetId, userName }: { readonly datasetId: DatasetId; readonly userName: UserName },
): Promise<DownloadList | undefined> {
  const list = await ports.downloadLists.read(downloadId);
  const isGood =
    list?.datasetId === datasetId &&
    list.expiresAtEpochSeconds > ports.clock.nowEpochSeconds() &&
    // A launch of a guest, or of a user without an API token, names nobody; what each caller may have is asked file by file.
    (list.userName === null || list.userName === userName);
  return isGood ? list : undefined;
}
