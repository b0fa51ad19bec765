import { ForbiddenError, NotFoundError, NoUserTokenError, UnauthenticatedError } from '../domain/errors.ts';
import type { RegistrableFile } from '../domain/registration.ts';
import type { FileResult } from '../domain/reported-file.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import { filesBeyondLimits } from '../domain/upload-limits.ts';
import type { UploadLimits } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';
import type { RegisterSettings } from './register-batch.ts';

const NO_LIMITS: UploadLimits = { fileSizeLimitBytes: null, remainingQuotaBytes: null, remainingFiles: null };

/**
 * Parts the files that Dataverse would refuse for a limit from those that may be added (F-66): one call of Dataverse's would only say that
 * saving failed. Worked out anew in each round, since limits are raised and quotas filled meanwhile.
 * @throws UnavailableError when Dataverse does not answer
 */
export async function leaveOutFiles(
  ports: Pick<Ports, 'dataverse' | 'log'>,
  settings: Pick<RegisterSettings, 'noTokenPolicy'>,
  record: TransferRecord,
  { missing, sizes }: { readonly missing: readonly RegistrableFile[]; readonly sizes: ReadonlyMap<string, number> },
): Promise<{ readonly missing: readonly RegistrableFile[]; readonly leftOut: readonly FileResult[] }> {
  if (missing.length === 0) return { missing, leftOut: [] };
  const leftOut = filesBeyondLimits(missing, sizes, await limitsOf(ports, settings, record));
  if (leftOut.length === 0) return { missing, leftOut };
  const { transferId } = record;
  ports.log.warn('files-beyond-limits', { transferId, files: leftOut.length, first: leftOut[0]?.reason });
  const identifiers = new Set(leftOut.map((file) => file.storageIdentifier));
  return { missing: missing.filter((file) => !identifiers.has(file.storageIdentifier)), leftOut };
}

async function limitsOf(
  { dataverse }: Pick<Ports, 'dataverse'>,
  { noTokenPolicy }: Pick<RegisterSettings, 'noTokenPolicy'>,
  { datasetId, userName }: TransferRecord,
): Promise<UploadLimits> {
  try {
    return await dataverse.uploadLimits(datasetId, { kind: 'user', userName });
  } catch (error) {
    if (error instanceof NoUserTokenError && noTokenPolicy === 'service-account') {
      return dataverse.uploadLimits(datasetId, { kind: 'service' });
    }
    if (isRefusal(error)) return NO_LIMITS;
    throw error;
  }
}

const REFUSALS = [ForbiddenError, NoUserTokenError, NotFoundError, UnauthenticatedError];

/** Who is not told the limits may not add files either: the call that adds them says so in its own words. */
function isRefusal(error: unknown): boolean {
  return REFUSALS.some((refusal) => error instanceof refusal);
}
