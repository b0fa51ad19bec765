import type { DatasetId, TransferId } from './ids.ts';
import { transferIdOf } from './ids.ts';

/** The last part of every identifier that Dataverse or we give out: 11 and 12 hex digits (dataverse-api.md 2.8). */
const FORM = /^([0-9a-f]{11})-[0-9a-f]{12}$/;

/** Is this the name of a file's bytes? Auxiliary objects and whatever else lies in a dataset's directory have other names. */
export function isFileName(name: string): boolean {
  return FORM.test(name);
}

/** The name of a file's bytes: what follows store and bucket in its storage identifier. */
export function nameInIdentifier(storageIdentifier: string): string {
  return storageIdentifier.replace(/^.*[/:]/, '');
}

/** The transfer whose grant a name carries the time of. @param name - of the form that isFileName accepts */
export function transferOfName(datasetId: DatasetId, name: string): TransferId {
  return transferIdOf(datasetId, Number.parseInt(name.slice(0, name.indexOf('-')), 16));
}
