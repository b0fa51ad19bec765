import { type ChecksumType, type FileChecksum, parseChecksumType } from './reported-file.ts';

/** A sum as Globus lists it, with its own name of the algorithm; null when the task computed none (globus-api.md 2.6). */
export type GlobusChecksum = { readonly algorithm: string; readonly value: string } | null;

const HEX_DIGITS: Readonly<Record<ChecksumType, number>> = { MD5: 32, 'SHA-1': 40, 'SHA-256': 64, 'SHA-512': 128 };
/** Enough to tell two sums apart at a glance. */
const SHOWN_DIGITS = 8;

/** Globus's sum under Dataverse's name of its type; undefined when there is none, or of a type Dataverse does not know. */
export function globusSum(checksum: GlobusChecksum): FileChecksum | undefined {
  const type = checksum && parseChecksumType(checksum.algorithm);
  return checksum && type ? { type, value: checksum.value } : undefined;
}

/** Has it the form of a sum of its type? Clients send texts such as "Not in Dataverse", object stores tags of their own. */
export function isSum({ type, value }: FileChecksum): boolean {
  return value.length === HEX_DIGITS[type] && /^[0-9a-f]+$/i.test(value);
}

/**
 * Why a file cannot be what the client declared (F-67), with what to do; undefined when the sums agree or cannot be compared.
 * @param declared - the client's
 * @param computed - Globus's own
 */
export function whySumsDiffer(
  declared: FileChecksum | undefined,
  computed: FileChecksum | undefined,
): string | undefined {
  if (!declared || !computed || declared.type !== computed.type || !isSum(declared) || !isSum(computed))
    return undefined;
  const [ofClient, ofGlobus] = [declared.value.toLowerCase(), computed.value.toLowerCase()];
  if (ofClient === ofGlobus) return undefined;
  return `The ${declared.type} that was declared begins with ${ofClient.slice(0, SHOWN_DIGITS)}, that of what Globus transferred with ${ofGlobus.slice(0, SHOWN_DIGITS)}. Look which of the two is right, request a path again and repeat the transfer of this file.`;
}

const SHOWN_NAMES = 3;
const LONGEST_SHOWN_NAME = 60;

/** Why files of an S3 store are not registered yet, and what an operator can do: names of the first few, since reasons are short. */
export function whyFilesWait(fileNames: readonly string[]): string {
  const shown = fileNames.slice(0, SHOWN_NAMES).map((name) => name.slice(0, LONGEST_SHOWN_NAME));
  const more = fileNames.length - shown.length;
  return `Files of an S3 store wait for a checksum: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Globus lists none of a type that Dataverse knows, and the report gave none. Register them by hand, or give the transfer up; retrying asks Globus again.`;
}
