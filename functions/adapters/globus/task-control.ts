import * as transfer from '@globus/sdk/services/transfer';
import * as z from 'zod/mini';
import type { Globus, TaskEvent } from '../../ports/globus.ts';
import type { Deadline } from '../system/retry-wait.ts';
import { toEpochSeconds } from './documents.ts';
import { pathSegment } from './path-segment.ts';
import { type CallTransfer, succeeded, unexpectedReply } from './transfer-call.ts';

const MOST_EVENTS = 20;

const eventListDocument = z.object({
  DATA: z.array(
    z.object({
      code: z.string(),
      description: z.nullish(z.string()),
      details: z.nullish(z.string()),
      is_error: z.nullish(z.boolean()),
      time: z.string(),
    }),
  ),
});

const adminCancelDocument = z.object({ done: z.boolean() });

/** What a collection's activity manager sees of a task's troubles, and how it stops one (globus-api.md 2.4, 2.5). */
export function createTaskControlMethods(options: {
  readonly call: CallTransfer;
  readonly newDeadline: (withinMilliseconds?: number) => Deadline;
}): Pick<Globus, 'listErrorEvents' | 'cancelTask'> {
  const { call, newDeadline } = options;
  return {
    async listErrorEvents(collectionId, taskId, withinMilliseconds) {
      const what = `the events of the task ${taskId}`;
      const query = { filter_is_error: 1, limit: MOST_EVENTS } as const;
      const result = await call({
        name: 'listErrorEvents',
        when: 'any-transient',
        urgency: 'can-wait',
        collectionId,
        deadline: newDeadline(withinMilliseconds),
        send: (headers, sdk) =>
          transfer.endpointManager.task.getEventList(pathSegment(taskId), { headers, query }, sdk),
      });
      const list = z.safeParse(eventListDocument, succeeded(result, what).json).data;
      if (!list) throw unexpectedReply(what, 'it is no event_list');
      // Whether Globus heeds the filter is its affair; what is said to be no error is none.
      return list.DATA.filter((event) => event.is_error !== false)
        .map((event): TaskEvent => {
          const atEpochSeconds = toEpochSeconds(event.time);
          if (atEpochSeconds === null) throw unexpectedReply(what, 'an event has no time');
          const { code, description, details } = event;
          return { code, description: description ?? '', details: details || null, atEpochSeconds };
        })
        .slice(0, MOST_EVENTS);
    },

    async cancelTask(collectionId, taskId, message) {
      const what = `the cancelling of the task ${taskId}`;
      const result = await call({
        name: 'cancelTask',
        when: 'any-transient',
        collectionId,
        deadline: newDeadline(),
        send: (headers, sdk) =>
          transfer.endpointManager.task.cancel(
            { headers, payload: { DATA_TYPE: 'admin_cancel', task_id_list: [taskId], message } as never },
            sdk,
          ),
      });
      const document = z.safeParse(adminCancelDocument, succeeded(result, what).json);
      if (!document.success) throw unexpectedReply(what, 'it is no admin_cancel');
    },
  };
}
