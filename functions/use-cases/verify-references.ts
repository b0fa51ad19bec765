import { ExpectedError, InvalidRequestError } from '../domain/errors.ts';
import type { CollectionId } from '../domain/ids.ts';
import { allowedReference, type ReferencedFile } from '../domain/reference-path.ts';
import type { FileFinding } from '../ports/globus.ts';
import type { Ports } from '../ports/ports.ts';
import { forEachAtOnce } from './for-each-at-once.ts';

/** What is known of a referenced file. `sizeBytes` as its collection tells it; `reason` says why nobody looked, or saw nothing. */
export type Verification =
  | { readonly verified: true; readonly sizeBytes: number }
  | { readonly verified: false; readonly reason: string };

const LOOKS_AT_ONCE = 20;
/** Each look is a call, of which Globus allows some 20 a second for all functions together. */
const MOST_LOOKS = 200;
/** No look begins later than this; the request ends at 29 s. */
const LOOK_MILLISECONDS = 12_000;

/**
 * Checks files that a dataset is to refer to: each lies where references are allowed, and is there, where our identity may see it. The first
 * 200 are looked for, as far as 12 s go; of the others nothing is known.
 * @param references - `<collection>/<path>` each, as submitted
 * @param endpoints - where references are allowed, `<collection>/<path>` each
 * @returns what is known of each, in their order
 * @throws InvalidRequestError for the first that lies elsewhere, in Dataverse's words, or that its collection does not have
 */
export async function verifyReferences(
  ports: Pick<Ports, 'globus' | 'clock' | 'log'>,
  references: readonly string[],
  endpoints: readonly string[],
): Promise<ReadonlyMap<string, Verification>> {
  const files = references.map((reference) => ({ reference, file: fileOf(reference, endpoints) }));
  const findings = new Map<string, FileFinding>();
  const giveUpAt = ports.clock.nowMilliseconds() + LOOK_MILLISECONDS;
  await forEachAtOnce(files.slice(0, MOST_LOOKS), LOOKS_AT_ONCE, async ({ reference, file }) => {
    if (ports.clock.nowMilliseconds() < giveUpAt) findings.set(reference, await find(ports, file));
  });
  return new Map(references.map((reference) => [reference, verificationOf(reference, findings.get(reference))]));
}

function fileOf(reference: string, endpoints: readonly string[]): ReferencedFile {
  const file = allowedReference(reference, endpoints);
  if (file) return file;
  throw new InvalidRequestError(`Referenced file ${reference} is not in an allowed endpoint/path`);
}

/** A collection that cannot be asked refuses nothing. */
async function find(
  ports: Pick<Ports, 'globus' | 'log'>,
  { collectionId, path }: ReferencedFile,
): Promise<FileFinding> {
  try {
    return await ports.globus.findFile(collectionId as CollectionId, path);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    ports.log.info('reference-not-verified', { collectionId, error });
    return { kind: 'unreadable', reason: error.message };
  }
}

function verificationOf(reference: string, finding: FileFinding | undefined): Verification {
  switch (finding?.kind) {
    case 'file':
      return { verified: true, sizeBytes: finding.sizeBytes };
    case 'missing':
      throw new InvalidRequestError(`Referenced file ${reference} does not exist on the collection`);
    case 'not-a-file':
      throw new InvalidRequestError(`Referenced file ${reference} is not a file on the collection`);
    case 'unreadable':
      return { verified: false, reason: finding.reason };
    case undefined:
      return {
        verified: false,
        reason: `Not looked at: one request verifies ${MOST_LOOKS} files, as far as its time goes.`,
      };
  }
}
