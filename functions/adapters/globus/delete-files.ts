import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import { InvalidRequestError } from '../../domain/errors.ts';
import { parseTaskId } from '../../domain/ids.ts';
import type { Globus } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { ID_PATTERN, pathSegment } from './path-segment.ts';
import { type CallTransfer, succeeded, unexpectedReply } from './transfer-call.ts';

/** One document of a size that Globus surely takes, about 1 MB; it states no figure. */
const MOST_PATHS = 10_000;
/** globus-api.md 3.2 */
const LONGEST_LABEL = 128;

const id = z.string().check(z.regex(ID_PATTERN));
const submissionIdDocument = z.object({ value: id });
const acceptedDocument = z.object({ task_id: id });

/** Submits delete tasks (globus-api.md 2.3). */
export function createDeleteFiles(options: {
  readonly call: CallTransfer;
  readonly newDeadline: () => Deadline;
}): Pick<Globus, 'deleteFiles'> {
  return {
    /** @throws InvalidRequestError for no path, or for more than 10,000 */
    async deleteFiles(collectionId, paths, label) {
      if (paths.length === 0 || paths.length > MOST_PATHS) {
        throw new InvalidRequestError(`One task deletes 1 to ${MOST_PATHS} files, not ${paths.length}.`);
      }
      const what = `the deletion of ${paths.length} files`;
      const common = { collectionId, deadline: options.newDeadline(), urgency: 'can-wait' } as const;
      const reserved = await options.call({
        ...common,
        name: 'submissionId',
        when: 'any-transient',
        send: (headers, sdk) => transfer.taskSubmission.submissionId({ headers }, sdk),
      });
      const submission = z.safeParse(submissionIdDocument, succeeded(reserved, 'a submission id').json).data;
      if (!submission) throw unexpectedReply('the request for a submission id', 'it holds none');

      const payload = {
        submission_id: submission.value,
        endpoint: pathSegment(collectionId),
        label: oneLine(label),
        recursive: false,
        // A path is a name, whatever characters are in it.
        interpret_globs: false,
        ignore_missing: true,
        notify_on_succeeded: false,
        notify_on_failed: false,
        notify_on_inactive: false,
        DATA: paths.map((path) => ({ DATA_TYPE: 'delete_item', path })),
      };
      const accepted = await options.call({
        ...common,
        name: 'deleteFiles',
        // The same submission id again is the same task.
        when: 'any-transient',
        send: (headers, sdk) => transfer.taskSubmission.submitDelete({ headers, payload: payload as never }, sdk),
      });
      const task = z.safeParse(acceptedDocument, succeeded(accepted, what).json).data;
      if (!task) throw unexpectedReply(what, 'it names no task');
      return parseTaskId(task.task_id);
    },
  };
}

/** Globus refuses line breaks, outer blanks and long labels (globus-api.md 2.3). */
function oneLine(label: string): string {
  return label.replace(/\s+/g, ' ').slice(0, LONGEST_LABEL).trim();
}
