import type { FileResult, ReportedFile } from './reported-file.ts';

/** What Dataverse still takes; null where it tells no limit (dataverse-api.md 2.1, 4.7). */
interface Limits {
  readonly fileSizeLimitBytes: number | null;
  readonly remainingQuotaBytes: number | null;
  readonly remainingFiles: number | null;
}

type NamedFile = Pick<ReportedFile, 'storageIdentifier' | 'fileName'>;

/**
 * The files that Dataverse would refuse, each with file, size and limit named; in the reported order each that still fits is taken (F-66).
 * Dataverse accepts only what is strictly smaller than its limit of size (dataverse-api.md 4.7).
 * @param sizes - bytes that Globus copied, by storage identifier
 */
export function filesBeyondLimits(
  files: readonly NamedFile[],
  sizes: ReadonlyMap<string, number>,
  limits: Limits,
): FileResult[] {
  const largestBytes = limits.fileSizeLimitBytes ?? Number.POSITIVE_INFINITY;
  const mostFiles = limits.remainingFiles ?? Number.POSITIVE_INFINITY;
  let leftBytes = limits.remainingQuotaBytes ?? Number.POSITIVE_INFINITY;
  let taken = 0;
  return files.flatMap(({ storageIdentifier, fileName }): FileResult[] => {
    const sizeBytes = sizes.get(storageIdentifier) ?? 0;
    const refused = (limit: string): FileResult[] => {
      const reason = `${fileName} has ${sizeBytes} bytes; ${limit}`;
      return [{ storageIdentifier, fileName, outcome: 'refused', reason, isJudgedAnew: true }];
    };
    if (sizeBytes >= largestBytes) return refused(`files of this store must have fewer than ${largestBytes} bytes.`);
    if (sizeBytes > leftBytes) return refused(`of the storage quota ${leftBytes} bytes are left.`);
    if (taken >= mostFiles) return refused(`the dataset takes only ${mostFiles} more files.`);
    leftBytes -= sizeBytes;
    taken += 1;
    return [];
  });
}

/** Why so many files cannot be asked for; undefined when they can, as far as Dataverse tells. */
export function whyTooManyFiles(numberOfFiles: number, remainingFiles: number | null): string | undefined {
  if (remainingFiles === null || numberOfFiles <= remainingFiles) return undefined;
  return `numberOfFiles: ${numberOfFiles} is more than the ${remainingFiles} that this dataset may still get. ${
    remainingFiles > 0 ? `Ask for at most ${remainingFiles}, or have the limit raised.` : 'Have its limit raised first.'
  }`;
}
