import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import type { TaskId } from '../../domain/ids.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { skippedErrorsDocument, successfulTransfersDocument, toSuccessfulTransfers } from './documents.ts';
import { pathSegment } from './path-segment.ts';
import { type CallOptions, type CallTransfer, succeeded, unexpectedReply } from './transfer-call.ts';

/** 250,000 files at 100 a page; the page size is Globus's own and not documented. */
const MOST_FILE_PAGES = 2_500;

interface MarkedPage<Entry> {
  readonly next_marker?: number | string | null | undefined;
  readonly DATA: readonly Entry[];
}

/** The lists of a finished task's files, as the collection's activity monitor sees them (globus-api.md 2.6). */
export function createTaskFileMethods(options: {
  readonly call: CallTransfer;
  /** Of a whole list with all its pages. */
  readonly newDeadline: () => Deadline;
}): Pick<Globus, 'listSuccessfulTransfers' | 'listSkippedErrors'> {
  const { call, newDeadline } = options;
  return {
    async listSuccessfulTransfers(collectionId, taskId) {
      const at = { collectionId, deadline: newDeadline() };
      const lists = await allPages(
        call,
        at,
        taskId,
        'getSuccessfulTransfers',
        (json) => z.safeParse(successfulTransfersDocument, json).data,
      );
      return lists.flatMap((list) => toSuccessfulTransfers(list));
    },

    async listSkippedErrors(collectionId, taskId) {
      const at = { collectionId, deadline: newDeadline() };
      const lists = await allPages(
        call,
        at,
        taskId,
        'getSkippedErrors',
        (json) => z.safeParse(skippedErrorsDocument, json).data,
      );
      return lists.flatMap((list) =>
        list.DATA.map((entry) => ({ destinationPath: entry.destination_path ?? null, errorCode: entry.error_code })),
      );
    },
  };
}

async function allPages<Page extends MarkedPage<unknown>>(
  call: CallTransfer,
  at: CallOptions,
  taskId: TaskId,
  list: 'getSuccessfulTransfers' | 'getSkippedErrors',
  parse: (json: unknown) => Page | undefined,
): Promise<readonly Page[]> {
  const what = `${list === 'getSkippedErrors' ? 'the skipped errors' : 'the successful transfers'} of the task ${taskId}`;
  const pages: Page[] = [];
  const seen = new Set<string>();
  let marker: string | undefined;
  while (pages.length < MOST_FILE_PAGES) {
    const query = { marker };
    const result = await call({
      ...at,
      name: list,
      when: 'any-transient',
      send: (headers, sdk) =>
        transfer.endpointManager.task[list](pathSegment(taskId), { headers, query } as never, sdk),
    });
    const page = parse(succeeded(result, what).json);
    if (!page) throw unexpectedReply(what, 'it is no such list');
    pages.push(page);
    if (page.next_marker === null || page.next_marker === undefined) return pages;
    marker = String(page.next_marker);
    // A marker that comes back would go round for ever.
    if (seen.has(marker)) throw unexpectedReply(what, 'its pages repeat');
    seen.add(marker);
  }
  throw unexpectedReply(what, `it has more than ${MOST_FILE_PAGES} pages`);
}
