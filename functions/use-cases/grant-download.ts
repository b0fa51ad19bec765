import { contentHash } from '../domain/canonical-json.ts';
import type { ReportedFile } from '../domain/reported-file.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { VersionFile } from '../domain/version-file.ts';
import type { Ports } from '../ports/ports.ts';
import { type AccessOrder, type GrantPorts, grantAccess } from './grant-access.ts';

export interface DownloadOrder extends AccessOrder {
  /** At least one; the caller may download each. */
  readonly files: readonly VersionFile[];
}

/**
 * Gives a principal read access to a dataset's directory for the length of a lease. The files it was given for are kept with the record: a
 * report that comes late is judged by them again.
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as holdRule does; nothing is left behind then
 */
export async function grantDownload(
  ports: GrantPorts & Pick<Ports, 'files'>,
  settings: { readonly leaseSeconds: number },
  order: DownloadOrder,
): Promise<TransferRecord> {
  const files = order.files.map(toEntry);
  const listId = contentHash(files.map((file) => file.fileId)).slice(0, 16);
  return grantAccess(ports, settings, order, {
    numberOfFiles: files.length,
    download: { listId, fileCount: files.length },
    beforeHold: ({ transferId }) => ports.files.writeFiles(transferId, listId, files),
  });
}

function toEntry({ fileId, storageIdentifier, label }: VersionFile): ReportedFile {
  return { fileId, storageIdentifier, fileName: label };
}
