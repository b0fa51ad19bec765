import { InvalidRequestError, NotFoundError } from './errors.ts';
import { type PrincipalId, parsePrincipalId } from './ids.ts';
import { parseJson } from './json.ts';
import * as z from './schema.ts';

/** A file as a request names it: by database id, decimal digits, or by persistent id. */
export type FileReference = { readonly fileId: string } | { readonly persistentId: string };

export interface DownloadRequest {
  readonly principal: PrincipalId;
  /** In the order given, each once; null when the request names none and its launch decides. */
  readonly files: readonly FileReference[] | null;
}

const COMPLAINT = 'Error parsing json body';
const requestSchema = z.object({ principal: z.optional(z.unknown()), fileIds: z.optional(z.nullable(z.unknown())) });
const fileIdsSchema = z.array(z.union([z.number(), z.string()]));

/**
 * Parses the body of requestGlobusDownload (dataverse-api.md 2.6).
 * @param hasLaunch - whether a download id says which files there are; else the body must
 * @throws InvalidRequestError, NotFoundError for an empty list, with Dataverse's messages where it has some
 */
export function parseDownloadRequest(body: string, hasLaunch: boolean): DownloadRequest {
  const parsed = requestSchema.safeParse(parseJson(body, COMPLAINT));
  if (!parsed.success) {
    throw new InvalidRequestError(
      `${COMPLAINT}: expected {"principal": "<Globus identity UUID>", "fileIds": [60, 61]}, got something else.`,
    );
  }
  const { principal, fileIds } = parsed.data;
  const files = fileIds == null && hasLaunch ? null : parseFileIds(fileIds);
  return { files, principal: parsePrincipalId(principal) };
}

function parseFileIds(value: unknown): readonly FileReference[] {
  if (!Array.isArray(value)) {
    throw new InvalidRequestError('fileIds JsonArray of file ids/PIDs required in POST body');
  }
  const parsed = fileIdsSchema.safeParse(value);
  if (!parsed.success) throw new InvalidRequestError('fileIds must be numeric or string (ids/PIDs)');
  if (parsed.data.length === 0) throw noFiles();
  const byName = new Map(parsed.data.map((each) => [String(each), parseFileReference(each)]));
  return [...byName.values()];
}

/** Also Dataverse's answer to a download id that it does not know. */
export function noFiles(): NotFoundError {
  return new NotFoundError('List of files to transfer not found.');
}

/** Persistent ids are announced by Dataverse's own message, and not resolved there (C7). */
function parseFileReference(value: number | string): FileReference {
  const text = String(value).trim();
  if (/^[1-9][0-9]{0,18}$/.test(text)) return { fileId: text };
  if (/^[a-z]+:\S+$/i.test(text)) return { persistentId: text };
  throw new InvalidRequestError(`Bad file ID number: ${text.slice(0, 200)}.`);
}
