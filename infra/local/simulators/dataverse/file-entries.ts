import { ApiFailure } from './replies.ts';
import type { ChecksumType } from './world.ts';

const CHECKSUM_TYPES: readonly string[] = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'];
const TABULAR_TAGS = ['Survey', 'Time Series', 'Panel', 'Event', 'Genomics', 'Network', 'Geospatial'];
const GENERIC_TYPE = 'application/octet-stream';
const TYPE_BY_EXTENSION: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  nc: 'application/netcdf',
  pdf: 'application/pdf',
  txt: 'text/plain',
  zip: 'application/zip',
};

/** One element of `jsonData`, read as leniently as Dataverse reads it (dataverse-api.md 4.8). */
export interface FileEntry {
  readonly storageIdentifier: string | undefined;
  readonly fileName: string | undefined;
  readonly mimeType: string | undefined;
  readonly label: string | undefined;
  readonly directoryLabel: string | null;
  readonly description: string;
  readonly restricted: boolean;
  readonly categories: readonly string[];
  readonly checksum: { readonly type: ChecksumType; readonly value: string } | undefined;
  /** Refusal of this entry because of its `dataFileTags`. */
  readonly tagRefusal: string | undefined;
}

/**
 * Reads one element of the array.
 * @throws ApiFailure 400 for an unknown checksum type, which ends the whole call
 */
export function readFileEntry(raw: Readonly<Record<string, unknown>>): FileEntry {
  const text = (name: string) => (typeof raw[name] === 'string' && raw[name] !== '' ? raw[name] : undefined);
  const fileName = text('fileName');
  const directoryLabel = cleanDirectoryLabel(text('directoryLabel') ?? '');
  return {
    storageIdentifier: text('storageIdentifier'),
    fileName,
    mimeType: improveType(text('mimeType'), fileName),
    label: text('label'),
    directoryLabel: directoryLabel === '' ? null : directoryLabel,
    description: text('description') ?? '',
    restricted: String(raw['restrict']).toLowerCase() === 'true',
    categories: readCategories(raw['categories']),
    checksum: readChecksum(raw),
    tagRefusal: refuseTags(raw['dataFileTags']),
  };
}

/** Why the name or folder breaks a constraint of the database, or undefined. One such entry spoils the whole call. */
export function constraintViolation(label: string, directoryLabel: string | null): string | undefined {
  if (/[:<>;#/"*|?\\]/.test(label)) {
    return 'File Name cannot contain any of the following characters:  / : * ? " < > | ; # \\ .';
  }
  if (directoryLabel !== null && !/^[A-Za-z0-9_\-./\\ ]+$/.test(directoryLabel)) {
    return `Directory Name cannot contain invalid characters. Valid characters are a-Z, 0-9, '_', '-', '.', '\\', '/' and ' ' (white space).`;
  }
  return undefined;
}

/**
 * A name that is not taken yet: `a.dat`, `a-1.dat`, `a-2.dat` (dataverse-api.md 4.8).
 * @param isTaken - asked for each candidate in turn
 */
export function freeName(label: string, isTaken: (candidate: string) => boolean): string {
  let candidate = label;
  while (isTaken(candidate)) {
    const dot = candidate.lastIndexOf('.');
    const [base, extension] = dot < 0 ? [candidate, ''] : [candidate.slice(0, dot), candidate.slice(dot)];
    const numbered = /^(.*-)(\d+)$/s.exec(base);
    candidate = numbered ? `${numbered[1]}${Number(numbered[2]) + 1}${extension}` : `${base}-1${extension}`;
  }
  return candidate;
}

/** Runs of slashes become one; slashes, dashes, dots and spaces at both ends go. */
function cleanDirectoryLabel(label: string): string {
  return label.replace(/[/\\]+/g, '/').replace(/^[/\-. ]+|[/\-. ]+$/g, '');
}

function improveType(mimeType: string | undefined, fileName: string | undefined): string | undefined {
  if (mimeType !== GENERIC_TYPE) return mimeType;
  const extension = fileName?.split('.').at(-1)?.toLowerCase() ?? '';
  return TYPE_BY_EXTENSION[extension] ?? mimeType;
}

/** Strings or `{"name": …}`; anything else is skipped. */
function readCategories(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const names = value.map((each: unknown) =>
    typeof each === 'object' && each !== null ? (each as Record<string, unknown>)['name'] : each,
  );
  return [...new Set(names.filter((name): name is string => typeof name === 'string' && name !== ''))];
}

function readChecksum(raw: Readonly<Record<string, unknown>>): FileEntry['checksum'] {
  if (typeof raw['md5Hash'] === 'string') return { type: 'MD5', value: raw['md5Hash'].toLowerCase() };
  const checksum = raw['checksum'];
  if (typeof checksum !== 'object' || checksum === null) return undefined;
  const { '@type': type, '@value': value } = checksum as Record<string, unknown>;
  if (typeof type !== 'string' || !CHECKSUM_TYPES.includes(type)) {
    throw new ApiFailure(400, `ChecksumType must be one of these values: [${CHECKSUM_TYPES.join(', ')}].`);
  }
  return typeof value === 'string' ? { type: type as ChecksumType, value: value.toLowerCase() } : undefined;
}

function refuseTags(value: unknown): string | undefined {
  const wrong = Array.isArray(value) ? value.find((tag) => !TABULAR_TAGS.includes(String(tag))) : undefined;
  if (wrong === undefined) return undefined;
  return `Not a valid Tabular Data Tag:  [${wrong}]. Please use one of the following: ${TABULAR_TAGS.join(', ')}`;
}
