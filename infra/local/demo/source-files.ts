import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file to upload, and what the report says of it. */
export interface PlannedFile {
  /** Below the demo's folder; its directory becomes the `directoryLabel`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly description: string;
  readonly categories: readonly string[];
  readonly isRestricted: boolean;
  /** Undefined when the client does not know it. */
  readonly mimeType: string | undefined;
  /** What Dataverse is to show: the declared one, or what the name says. */
  readonly expectedMimeType: string;
  readonly declaresChecksum: 'MD5' | 'SHA-256' | 'none';
}

/** A planned file that lies on the researcher's collection. */
export interface SourceFile extends PlannedFile {
  readonly name: string;
  /** Empty at the top. */
  readonly folder: string;
  /** On the collection. */
  readonly sourcePath: string;
  readonly md5: string;
  readonly sha256: string;
}

const PIECE_BYTES = 1024 * 1024;
const FOLDER_ON_COLLECTION = '/demo-upload';

export const PLANNED_FILES: readonly PlannedFile[] = [
  {
    path: 'model/output/ocean-temperature.nc',
    sizeBytes: 64_000_000,
    description: 'Sea surface temperature, one year of daily means',
    categories: ['Data'],
    isRestricted: false,
    mimeType: undefined,
    expectedMimeType: 'application/netcdf',
    declaresChecksum: 'MD5',
  },
  {
    path: 'model/settings.json',
    sizeBytes: 1_234,
    description: 'Settings of the model run',
    categories: ['Code', 'Documentation'],
    isRestricted: false,
    mimeType: 'application/json',
    expectedMimeType: 'application/json',
    declaresChecksum: 'none',
  },
  {
    path: 'observations/station-07.csv',
    sizeBytes: 1_500_007,
    description: 'Hourly readings; not yet released by their owner',
    categories: ['Data'],
    isRestricted: true,
    mimeType: undefined,
    expectedMimeType: 'text/csv',
    declaresChecksum: 'SHA-256',
  },
  {
    path: 'Übersicht-température-観測.txt',
    sizeBytes: 20_011,
    description: 'Überblick über alle Dateien – 概要',
    categories: ['Documentation'],
    isRestricted: false,
    mimeType: 'text/plain',
    expectedMimeType: 'text/plain',
    declaresChecksum: 'MD5',
  },
  {
    path: 'empty.dat',
    sizeBytes: 0,
    description: 'Marks the end of the run; holds nothing',
    categories: [],
    isRestricted: false,
    mimeType: undefined,
    expectedMimeType: 'application/octet-stream',
    declaresChecksum: 'none',
  },
];

/** Writes a planned file below a collection's directory, and says what is in it. */
export async function writeSourceFile(collectionDirectory: string, planned: PlannedFile): Promise<SourceFile> {
  const sourcePath = `${FOLDER_ON_COLLECTION}/${planned.path}`;
  const target = join(collectionDirectory, sourcePath);
  await mkdir(dirname(target), { recursive: true });
  const hashes = { md5: createHash('md5'), sha256: createHash('sha256') };
  const file = await open(target, 'w');
  try {
    for (const piece of contentOf(planned)) {
      hashes.md5.update(piece);
      hashes.sha256.update(piece);
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  const slash = planned.path.lastIndexOf('/');
  return {
    ...planned,
    name: planned.path.slice(slash + 1),
    folder: planned.path.slice(0, Math.max(0, slash)),
    sourcePath,
    md5: hashes.md5.digest('hex'),
    sha256: hashes.sha256.digest('hex'),
  };
}

/** SHA-256 in hex of a file on disk. */
export async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  return (await digestsOfFile(path, signal)).sha256;
}

/** What tells one content from another. */
export interface Digests {
  readonly sizeBytes: number;
  readonly md5: string;
  readonly sha256: string;
}

/** Size and checksums, in hex, of a file on disk. */
export async function digestsOfFile(path: string, signal: AbortSignal): Promise<Digests> {
  const hashes = { md5: createHash('md5'), sha256: createHash('sha256') };
  let sizeBytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES, signal })) {
    sizeBytes += piece.length;
    hashes.md5.update(piece);
    hashes.sha256.update(piece);
  }
  return { sizeBytes, md5: hashes.md5.digest('hex'), sha256: hashes.sha256.digest('hex') };
}

/** Bytes that look random and are the same in every run: a cipher's key stream, keyed by the path. */
function* contentOf({ path, sizeBytes }: PlannedFile): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(path).digest(), Buffer.alloc(16));
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
    yield cipher.update(Buffer.alloc(Math.min(left, PIECE_BYTES)));
  }
}
