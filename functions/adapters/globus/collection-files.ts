import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import { ExpectedError, UpstreamRefusedError } from '../../domain/errors.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { lastingReason } from './collection-refusal.ts';
import { toEpochSeconds } from './documents.ts';
import { pathSegment } from './path-segment.ts';
import type { GlobusReply } from './reply.ts';
import { type CallTransfer, failureOf, isSuccess, refusalIn, unexpectedReply } from './transfer-call.ts';

/** The default and the maximum of one listing; Globus lists no larger directory (globus-api.md 2.2). */
const MOST_ENTRIES = 100_000;

const statDocument = z.object({ type: z.string(), size: z.nullish(z.number()) });

const fileListDocument = z.object({
  total: z.nullish(z.number()),
  DATA: z.array(
    z.object({ name: z.string(), type: z.string(), size: z.nullish(z.number()), last_modified: z.nullish(z.string()) }),
  ),
});

/** The calls that look at files on a collection; they are synchronous and wait for it (globus-api.md 2.2). */
export function createCollectionFileMethods(options: {
  readonly call: CallTransfer;
  readonly newDeadline: () => Deadline;
  /** Ceiling of one try of a listing. */
  readonly listMilliseconds: number;
}): Pick<Globus, 'findFile' | 'listDirectory'> {
  const { call, newDeadline } = options;

  const findFile: Globus['findFile'] = async (collectionId, path) => {
    const result = await call({
      name: 'findFile',
      when: 'any-transient',
      urgency: 'can-wait',
      collectionId,
      mayBeForeign: true,
      deadline: newDeadline(),
      send: (headers, sdk) =>
        transfer.fileOperations.stat(pathSegment(collectionId), { headers, query: { path } }, sdk),
    });
    if (result.kind === 'none') return { kind: 'unreadable', reason: result.reason };
    if (!isSuccess(result)) {
      if (isNoSuchPath(result)) return { kind: 'missing' };
      return { kind: 'unreadable', reason: result.code || `status ${result.status}` };
    }
    const found = z.safeParse(statDocument, result.json).data;
    if (!found) return { kind: 'unreadable', reason: 'the answer is no file document' };
    if (found.type !== 'file') return { kind: 'not-a-file' };
    return typeof found.size === 'number'
      ? { kind: 'file', sizeBytes: found.size }
      : { kind: 'unreadable', reason: 'the answer names no size' };
  };

  return {
    async findFile(collectionId, path) {
      try {
        return await findFile(collectionId, path);
      } catch (error) {
        // A token or a secret that cannot be had: then nobody can look, which is no fault of the path.
        if (error instanceof ExpectedError) return { kind: 'unreadable', reason: error.message };
        throw error;
      }
    },

    async listDirectory(collectionId, path) {
      const what = `the directory ${path}`;
      const query = { path, limit: MOST_ENTRIES };
      const result = await call({
        name: 'listDirectory',
        when: 'any-transient',
        urgency: 'can-wait',
        collectionId,
        deadline: newDeadline(),
        attemptMilliseconds: options.listMilliseconds,
        send: (headers, sdk) => transfer.fileOperations.ls(pathSegment(collectionId), { headers, query }, sdk),
      });
      if (result.kind === 'none') throw failureOf(result, what);
      if (!isSuccess(result)) {
        if (isNoSuchPath(result)) return undefined;
        const reason = lastingReason(result);
        if (reason) throw new UpstreamRefusedError(`Globus refused to list ${what}: ${reason}`);
        throw failureOf(result, what);
      }
      const list = z.safeParse(fileListDocument, result.json).data;
      if (!list) throw unexpectedReply(what, 'it is no file_list');
      const total = list.total ?? list.DATA.length;
      if (total > list.DATA.length) throw unexpectedReply(what, `${list.DATA.length} of ${total} entries came`);
      return list.DATA.map((entry) => ({
        name: entry.name,
        isFile: entry.type === 'file',
        sizeBytes: entry.size ?? 0,
        modifiedAtEpochSeconds: toEpochSeconds(entry.last_modified),
      }));
    },
  };
}

/** `NotFound` or `ClientError.NotFound`: the path; that a collection is not found has a code of its own. */
function isNoSuchPath(reply: GlobusReply): boolean {
  return refusalIn(reply)?.status === 404 && /(^|\.)NotFound$/.test(reply.code);
}
