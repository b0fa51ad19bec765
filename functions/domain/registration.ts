import { lookup } from 'mrmime';
import { type GlobusChecksum, globusSum, isSum, whySumsDiffer } from './file-checksum.ts';
import type { FileChecksum, FileResult, ReportedFile } from './reported-file.ts';
import { parseStorageIdentifier } from './storage-identifier.ts';
import type { RegistrationProgress } from './transfer.ts';

/** A file that arrived, as far as registering needs it. */
export interface ArrivedFile {
  readonly destinationPath: string | null;
  readonly sizeBytes: number;
  readonly checksum: GlobusChecksum;
}

/** One entry of `/addFiles`, complete: Dataverse fails a whole batch for one that is not (dataverse-api.md 4.8). */
export interface RegistrableFile extends Omit<ReportedFile, 'checksum'> {
  readonly mimeType: string;
  /** As Dataverse spells it. */
  readonly checksum: { readonly '@type': string; readonly '@value': string };
}

export interface RegistrationPlan {
  /** Reported and arrived: to be registered. */
  readonly files: readonly RegistrableFile[];
  /** Reported and arrived in an S3 store, with a checksum yet to come. */
  readonly waiting: readonly Pick<ReportedFile, 'storageIdentifier' | 'fileName'>[];
  /** Reported and not arrived, or not what was declared. */
  readonly results: readonly FileResult[];
  /** Bytes of each file that arrived, by storage identifier. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Compares what was reported with what Globus copied (I5: registered = reported ∩ succeeded).
 * @param directory - the dataset's, ending in `/`; each identifier's file lies directly in it
 * @param reasons - Globus's reason by destination path, for files it skipped
 * @param otherwise - the reason for files of which Globus says nothing
 */
export function planRegistration(
  directory: string,
  reported: readonly ReportedFile[],
  arrived: readonly ArrivedFile[],
  reasons: ReadonlyMap<string, string>,
  otherwise: string,
): RegistrationPlan {
  const arrivedByPath = new Map(arrived.map((file) => [file.destinationPath, file]));
  const files: RegistrableFile[] = [];
  const waiting: ReportedFile[] = [];
  const results: FileResult[] = [];
  const sizes = new Map<string, number>();
  for (const file of reported) {
    const { storageIdentifier, fileName } = file;
    const { timePart, randomPart } = parseStorageIdentifier(storageIdentifier);
    const path = `${directory}${timePart}-${randomPart}`;
    const arrival = arrivedByPath.get(path);
    if (!arrival) {
      results.push({ storageIdentifier, fileName, outcome: 'not-transferred', reason: reasons.get(path) ?? otherwise });
      continue;
    }
    sizes.set(storageIdentifier, arrival.sizeBytes);
    const computed = globusSum(arrival.checksum);
    const reason = whySumsDiffer(file.checksum, computed);
    const checksum = checksumOf(file, computed);
    if (reason !== undefined) {
      results.push({ storageIdentifier, fileName, outcome: 'refused', reason, isJudgedAnew: true });
    } else if (checksum) files.push(toRegistrable(file, checksum));
    else waiting.push(file);
  }
  return { files, waiting, results, sizes };
}

function toRegistrable(file: ReportedFile, { type, value }: FileChecksum): RegistrableFile {
  const { mimeType, checksum: _declared, ...rest } = file;
  const checksum = { '@type': type, '@value': value };
  return { ...rest, mimeType: mimeType ?? mimeTypeOf(file.fileName), checksum };
}

/** The MIME type that the name's extension suggests. Names such as `a.constructor` find members of every object in the library's table. */
function mimeTypeOf(fileName: string): string {
  const type: unknown = fileName.includes('.') ? lookup(fileName.toLowerCase()) : undefined;
  return typeof type === 'string' ? type : 'application/octet-stream';
}

/**
 * The client's checksum, else Globus's own, else a placeholder: Dataverse wants one, and equal ones count as equal files,
 * so each placeholder is of its own (dataverse-api.md 4.8, C1). In an S3 store, where Dataverse can read the bytes and compare, only what is
 * a sum: Globus's own, else the client's, else none yet.
 */
function checksumOf(file: ReportedFile, computed: FileChecksum | undefined): FileChecksum | undefined {
  const { bucket, timePart, randomPart } = parseStorageIdentifier(file.storageIdentifier);
  if (bucket !== null) return [computed, file.checksum].find((sum) => sum && isSum(sum));
  return file.checksum ?? computed ?? { type: 'MD5', value: `Not available in Dataverse (${timePart}-${randomPart})` };
}

/** The first batch is small, since Dataverse looks each size up at Globus and nobody knows how long that takes there. */
const FIRST_BATCH_SIZE = 25;
const LARGEST_BATCH_SIZE = 5_000;
const BATCH_SECONDS = 60;
/** A batch grows at most so many times over at once. */
const LARGEST_GROWTH = 8;

/** Registration before its first batch. */
export const NOTHING_REGISTERED: RegistrationProgress = {
  batchSize: FIRST_BATCH_SIZE,
  batchesSent: 0,
  sentAsService: false,
  registered: 0,
  failed: 0,
  unsettledUntilEpochSeconds: null,
  fruitlessRounds: 0,
  isComplete: false,
};

/** Size of the next batch, aimed at 60 s, from how long the last one took. */
export function nextBatchSize(filesInLast: number, tookMilliseconds: number): number {
  const perFile = Math.max(tookMilliseconds, 1) / Math.max(filesInLast, 1);
  const aimed = Math.floor((BATCH_SECONDS * 1000) / perFile);
  return Math.max(1, Math.min(aimed, filesInLast * LARGEST_GROWTH, LARGEST_BATCH_SIZE));
}

/** 15, 30, 60, 120, 240, 480 s and then each ten minutes: nine fruitless rounds are 46 minutes, after which an operator is asked. */
const FIRST_RETRY_SECONDS = 15;
const LONGEST_RETRY_SECONDS = 600;
/** Rounds without any progress before an operator is asked. */
export const MAX_FRUITLESS_ROUNDS = 9;

/** Seconds to wait after so many fruitless rounds in a row (1 is the first). */
export function retryWaitSeconds(fruitlessRounds: number): number {
  return Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (fruitlessRounds - 1));
}
