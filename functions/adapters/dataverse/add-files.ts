import * as z from 'zod/mini';
import { UnavailableError } from '../../domain/errors.ts';
import type { RegistrableFile } from '../../domain/registration.ts';
import type { AddedFile, AddFilesOutcome, Dataverse } from '../../ports/dataverse.ts';
import type { RandomSource } from '../../ports/random-source.ts';
import type { CallDataverse } from './dataverse-call.ts';
import type { NoReply } from './http-exchange.ts';
import type { DataverseReply } from './reply.ts';

const text = z.nullish(z.string());

/** The two forms of an entry (dataverse-api.md 4.8). */
const entryDocument = z.object({
  storageIdentifier: text,
  successMessage: text,
  warningMessage: text,
  errorMessage: text,
  errorCode: z.nullish(z.union([z.number(), z.string()])),
  message: text,
  fileDetails: z.nullish(z.object({ storageIdentifier: text })),
});
const addFilesDocument = z.object({ data: z.object({ Files: z.array(entryDocument) }) });

/** The call that registers files. */
export function createAddFiles(options: {
  readonly call: CallDataverse;
  readonly random: RandomSource;
  readonly limitMilliseconds: number;
}): Pick<Dataverse, 'addFiles'> {
  return {
    async addFiles(datasetId, actingAs, files) {
      const boundary = `files-${options.random.hex(16)}`;
      const result = await options.call({
        name: 'addFiles',
        method: 'POST',
        target: `/api/v1/datasets/${datasetId}/addFiles`,
        actingAs,
        repeat: 'never',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: multipart(boundary, files),
        limitMilliseconds: options.limitMilliseconds,
      });
      if (result.kind === 'none' && !result.wasSent) {
        throw new UnavailableError(`Dataverse cannot be reached: ${result.reason}.`, { cause: result.cause });
      }
      return outcomeOf(result);
    },
  };
}

function outcomeOf(result: DataverseReply | NoReply): AddFilesOutcome {
  if (result.kind === 'none') return { kind: 'unknown', reason: result.reason, mayStillRun: true };
  const { status, message } = result;
  const answer = status === 200 ? z.safeParse(addFilesDocument, result.json).data : undefined;
  if (answer) return { kind: 'answered', files: answer.data.Files.map(toAddedFile) };
  // 413 is a proxy's, and as definite as Dataverse's own refusals.
  const isRefused = status >= 400 && status < 500 && (message !== '' || status === 413);
  if (isRefused) return { kind: 'refused', status, message: message || 'The request is too large.' };
  return {
    kind: 'unknown',
    reason: `Dataverse answered ${status}${message ? `: ${message}` : ' without a list of files'}`,
    // Its own envelope ends Dataverse's work; a proxy's 502 or 504, or a cut body, says nothing about it.
    mayStillRun: message === '',
  };
}

/** A warning counts as added: it only says that another file has the same content. */
function toAddedFile(entry: z.infer<typeof entryDocument>): AddedFile {
  const isAdded = Boolean(entry.successMessage ?? entry.warningMessage);
  const codedError = entry.errorCode === null || entry.errorCode === undefined ? undefined : entry.message;
  return {
    storageIdentifier: entry.storageIdentifier ?? entry.fileDetails?.storageIdentifier ?? undefined,
    error:
      entry.errorMessage ??
      codedError ??
      (isAdded ? undefined : 'Dataverse said neither that it was added nor why not.'),
  };
}

/**
 * One part `jsonData` with the array. Everything beyond ASCII is written as \u escapes, since the part, as clients commonly send it, names
 * no character set.
 */
function multipart(boundary: string, files: readonly RegistrableFile[]): Uint8Array {
  const json = JSON.stringify(files).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n${json}\r\n--${boundary}--\r\n`,
    'ascii',
  );
}
