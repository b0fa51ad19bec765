import type { DatasetRecord } from './dataset-records.ts';
import { constraintViolation, type FileEntry, freeName, readFileEntry } from './file-entries.ts';
import type { NewFile } from './file-records.ts';
import { createSizeLookup } from './file-sizes.ts';
import type { Installation } from './installation.ts';
import { fileSizeLimitBytes, quotaIsEnforced, remainingQuotaBytes } from './installation-routes.ts';
import { latestVersion } from './lookups.ts';
import { ApiFailure } from './replies.ts';
import { listingPlace, storeOfIdentifier } from './storage-identifiers.ts';
import type { WorldStore } from './world.ts';

/** What became of one entry: its part of the answer, and the file to save unless it failed. */
export interface AddedEntry {
  readonly reply: Readonly<Record<string, unknown>>;
  readonly file?: NewFile;
  /** A broken constraint, which shows only when the version is saved. */
  readonly violation?: string | undefined;
}

const NOT_SAVED = 'Bad Request:Failed to save the content of the uploaded file.';
const NO_CHECKSUM =
  'Cannot invoke "edu.harvard.iq.dataverse.DataFile$ChecksumType.toString()" because "checksumType" is null';

/**
 * Makes the function that works through the entries of one addFiles call in order. It remembers names, contents and the last
 * duplicate warning, which sticks to all later entries of the call because the real one never resets it.
 */
export function createEntryProcessor(dataverse: Installation, dataset: DatasetRecord, mayEdit: boolean) {
  const lookUpSize = createSizeLookup(dataverse.globusUrl);
  const latest = latestVersion(dataverse, dataset.id, 'any');
  const present = latest ? dataverse.files.inVersion(latest.id) : [];
  const takenPaths = new Set(present.map((file) => pathOf(file.directoryLabel, file.label)));
  const labelByChecksum = new Map(present.map((file) => [file.checksumValue, file.label]));
  let quotaBytes = quotaIsEnforced(dataverse) ? (remainingQuotaBytes(dataverse) ?? Infinity) : Infinity;
  let stickyWarning: string | undefined;

  const findSizeBytes = async (storageIdentifier: string, store: WorldStore): Promise<number | undefined> => {
    const found = await lookUpSize(store.globusToken, listingPlace(storageIdentifier, store, dataset));
    // S3 tells that an object is missing; a Globus store takes any problem for "size not known" (dataverse-api.md 7 A5).
    if (found === 'missing' && store.type === 's3') return undefined;
    const sizeBytes = typeof found === 'object' ? found.sizeBytes : -1;
    const limitBytes = fileSizeLimitBytes(dataverse, store) ?? Infinity;
    return sizeBytes < limitBytes && sizeBytes <= quotaBytes ? sizeBytes : undefined;
  };

  return async (raw: Readonly<Record<string, unknown>>): Promise<AddedEntry> => {
    const entry = readFileEntry(raw);
    if (entry.tagRefusal) return { reply: { errorCode: 400, message: entry.tagRefusal, fileDetails: raw } };
    const store = entry.storageIdentifier && storeOfIdentifier(entry.storageIdentifier, dataverse.configuration.stores);
    if (!store || !isComplete(entry)) {
      const errorMessage = 'You must provide a storageidentifier, filename, and mimetype.';
      return { reply: { errorMessage, fileDetails: raw } };
    }
    const { storageIdentifier } = entry;
    const refuse = (errorMessage: string) => ({ reply: { storageIdentifier, errorMessage, fileDetails: raw } });
    if (!entry.checksum) throw new ApiFailure(400, NO_CHECKSUM);
    if (!mayEdit) return refuse('Forbidden:You do not have permission to edit this dataset.');
    if (entry.fileName.trim() === '') return refuse('Bad Request:The file name cannot be determined.');
    if (entry.mimeType.trim() === '') return refuse('Bad Request:The file content type cannot be determined.');
    const injected = takeInjectedError(dataverse, storageIdentifier);
    if (injected !== undefined) return refuse(injected);
    const sizeBytes = await findSizeBytes(storageIdentifier, store);
    if (sizeBytes === undefined) return refuse(NOT_SAVED);
    quotaBytes -= Math.max(0, sizeBytes);

    const wanted = entry.label ?? entry.fileName;
    const label = freeName(wanted, (candidate) => takenPaths.has(pathOf(entry.directoryLabel, candidate)));
    const twin = labelByChecksum.get(entry.checksum.value);
    if (twin !== undefined) {
      stickyWarning = `This file has the same content as ${twin} that is in the dataset. `;
    }
    takenPaths.add(pathOf(entry.directoryLabel, label));
    if (twin === undefined) labelByChecksum.set(entry.checksum.value, label);

    const file = newFile(entry, label, sizeBytes);
    const outcome = stickyWarning
      ? { warningMessage: stickyWarning }
      : { successMessage: 'Added successfully to the dataset' };
    const violation = constraintViolation(label, entry.directoryLabel);
    return { reply: { storageIdentifier, ...outcome, fileDetails: fileDetails(file) }, file, violation };
  };
}

type CompleteEntry = FileEntry & { storageIdentifier: string; fileName: string; mimeType: string };

function isComplete(entry: FileEntry): entry is CompleteEntry {
  return entry.storageIdentifier !== undefined && entry.fileName !== undefined && entry.mimeType !== undefined;
}

function newFile(entry: CompleteEntry, label: string, sizeBytes: number): NewFile {
  const { storageIdentifier, directoryLabel, description, restricted, categories } = entry;
  return {
    storageIdentifier,
    label,
    directoryLabel,
    description,
    restricted,
    categories,
    sizeBytes,
    contentType: entry.mimeType,
    checksumType: entry.checksum?.type ?? 'MD5',
    checksumValue: entry.checksum?.value ?? '',
  };
}

/** The file as the answer shows it; it has no id yet, because it is saved after the answer was put together. */
function fileDetails(file: NewFile): Record<string, unknown> {
  return {
    description: file.description,
    label: file.label,
    restricted: file.restricted,
    ...(file.directoryLabel === null ? {} : { directoryLabel: file.directoryLabel }),
    categories: file.categories,
    dataFile: {
      persistentId: '',
      filename: file.label,
      contentType: file.contentType,
      filesize: file.sizeBytes,
      description: file.description,
      storageIdentifier: file.storageIdentifier,
      rootDataFileId: -1,
      ...(file.checksumType === 'MD5' ? { md5: file.checksumValue } : {}),
      checksum: { type: file.checksumType, value: file.checksumValue },
      tabularData: false,
    },
  };
}

function takeInjectedError({ switches }: Installation, storageIdentifier: string): string | undefined {
  const error = switches.fileErrors.find(
    (each) => each.storageIdentifier === storageIdentifier && (each.remaining === null || each.remaining > 0),
  );
  if (error && error.remaining !== null) error.remaining -= 1;
  return error?.message;
}

function pathOf(directoryLabel: string | null, label: string): string {
  return `${directoryLabel ?? ''}/${label}`;
}
