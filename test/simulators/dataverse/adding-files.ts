import { CURATOR, dataOf, type Reply, SUPERUSER, type TestDataverse } from './running-dataverse.ts';

/** The data of an addFiles answer. */
export interface Added {
  readonly Files: {
    readonly storageIdentifier?: string;
    readonly successMessage?: string;
    readonly warningMessage?: string;
    readonly errorMessage?: string;
  }[];
  readonly Result: Record<string, number>;
}

let lastNumber = 0;
/** An entry that is fine, with an identifier, name and checksum of its own. */
export function entry(more: object = {}) {
  lastNumber += 1;
  return {
    storageIdentifier: identifier(lastNumber),
    fileName: `file-${lastNumber}x.dat`,
    mimeType: 'application/octet-stream',
    checksum: { '@type': 'MD5', '@value': `ABCDEF${lastNumber}` },
    ...more,
  };
}

/** A storage identifier in the managed store. */
export function identifier(number: number): string {
  return `globusm://18bf3af9c78-${number.toString(16).padStart(12, '0')}`;
}

/** Calls addFiles with the value as `jsonData`; an empty key is a guest. */
export function addFiles(dataverse: TestDataverse, jsonData: unknown, datasetId = 29, key = CURATOR): Promise<Reply> {
  return dataverse.call('POST', `/api/datasets/${datasetId}/addFiles`, { key, jsonData });
}

export interface Listed {
  readonly label: string;
  readonly directoryLabel?: string;
  readonly restricted: boolean;
  readonly description: string;
  readonly categories: string[];
  readonly dataFile: Record<string, unknown>;
}

/** The files of the latest version, in the order they were added. */
export async function listing(dataverse: TestDataverse, datasetId = 29): Promise<Listed[]> {
  const target = `/api/datasets/${datasetId}/versions/:latest/files?orderCriteria=Oldest`;
  return dataOf<Listed[]>(await dataverse.call('GET', target, { key: SUPERUSER }));
}

/** Types of the locks of dataset 29. */
export async function lockTypes(dataverse: TestDataverse): Promise<string[]> {
  const locks = dataOf<{ lockType: string }[]>(await dataverse.call('GET', '/api/datasets/29/locks'));
  return locks.map((lock) => lock.lockType);
}
