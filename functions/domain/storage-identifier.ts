import { createHmac } from 'node:crypto';
import { InvalidRequestError } from './errors.ts';
import { type DatasetId, type TransferId, timePartOfTransfer, transferIdOf } from './ids.ts';

/** A storage identifier taken apart: `globusm://<time>-<random>`, on S3 stores `s3g://<bucket>:<time>-<random>` (dataverse-api.md 2.8). */
export interface StorageIdentifier {
  readonly storeId: string;
  readonly bucket: string | null;
  /** 11 hex digits, the grant's. */
  readonly timePart: string;
  /** 12 hex digits. */
  readonly randomPart: string;
}

/** A store as far as identifiers need it. */
export interface IdentifierStore {
  readonly storeId: string;
  readonly bucket: string | null;
}

const FORM = /^([A-Za-z0-9_.-]+):\/\/(?:([a-z0-9.-]{3,63}):)?([0-9a-f]{11})-([0-9a-f]{12})$/;

/**
 * Parses the identifier a client reports. Stricter than Dataverse's own pattern, whose character class holds a comma.
 * @throws InvalidRequestError when the form is another one
 */
export function parseStorageIdentifier(text: string): StorageIdentifier {
  const match = FORM.exec(text);
  if (!match) {
    throw new InvalidRequestError(
      `storageIdentifier: expected one that requestGlobusUploadPaths returned, such as globusm://18b49d3688c-62137dcb06e4, got ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  const [, storeId = '', bucket, timePart = '', randomPart = ''] = match;
  return { storeId, bucket: bucket ?? null, timePart, randomPart };
}

/** Writes an identifier as Dataverse does. */
export function formatStorageIdentifier(store: IdentifierStore, name: string): string {
  return `${store.storeId}://${store.bucket ? `${store.bucket}:` : ''}${name}`;
}

/**
 * Does a file with this identifier lie on the store's collection? Asked of identifiers that Dataverse registered, whoever minted them.
 */
export function isInStore(identifier: string, { storeId, bucket }: IdentifierStore): boolean {
  return identifier.startsWith(`${storeId}://${bucket ? `${bucket}:` : ''}`);
}

/** What follows the final slash: on S3 stores `<bucket>:<name>`, since Dataverse writes it into paths of downloads (dataverse-api.md 2.8). */
export function lastPartOf(identifier: string): string {
  return identifier.slice(identifier.lastIndexOf('/') + 1);
}

/**
 * The file names of a grant, `<time>-<random>`, in order: 48 bits of HMAC-SHA-256(seed, index) each, so that nothing is stored per file.
 * @param seed - secret of the grant, hex
 * @param count - how many, 1 to 50,000
 */
export function mintFileNames(transferId: TransferId, seed: string, count: number): string[] {
  const timePart = timePartOfTransfer(transferId);
  const key = Buffer.from(seed, 'hex');
  const names: string[] = [];
  // 48 bits collide once in about 56,000 grants of 100,000 names; a second name for one index keeps the promise of distinct ones.
  const taken = new Set<string>();
  for (let index = 0; names.length < count; index++) {
    const random = createHmac('sha256', key).update(String(index)).digest('hex').slice(0, 12);
    if (taken.has(random)) continue;
    taken.add(random);
    names.push(`${timePart}-${random}`);
  }
  return names;
}

/** The transfer an identifier of this dataset belongs to. */
export function transferOfIdentifier(datasetId: DatasetId, identifier: StorageIdentifier): TransferId {
  return transferIdOf(datasetId, Number.parseInt(identifier.timePart, 16));
}
