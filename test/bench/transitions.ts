import { openVirtualUpload } from '../support/virtual-upload.ts';
import type { Figure, Part } from './figure.ts';

const DAY_SECONDS = 86_400;
/** What Step Functions allows an execution (A1). */
const MOST_EVENTS = 25_000;

const UPLOADS = [
  { length: '10 s', seconds: 10, most: 60 },
  { length: 'a minute', seconds: 60, most: 60 },
  { length: 'an hour', seconds: 3_600, most: 70 },
  { length: 'a day', seconds: DAY_SECONDS, most: 70 },
  { length: '90 days', seconds: 90 * DAY_SECONDS, most: 180 },
];

/** What Step Functions would be paid for, and what it bounds: counted in the local engine, in virtual time. */
export const transitions: Part = {
  name: 'transitions',
  title: 'the workflow of one upload, from its grant to its close, in virtual time',
  async run({ signal }) {
    const figures: Figure[] = [];
    for (const { length, seconds, most } of UPLOADS) {
      signal.throwIfAborted();
      const upload = await openVirtualUpload();
      try {
        const { status, transitionCount, events } = await upload.uploadOf(seconds);
        if (status !== 'SUCCEEDED') throw new Error(`the execution of an upload of ${length} ended as ${status}`);
        figures.push(
          { what: `state transitions, upload of ${length}`, value: transitionCount, unit: 'transitions', budget: most },
          { what: `history events, upload of ${length}`, value: events.length, unit: 'events', budget: MOST_EVENTS },
        );
      } finally {
        await upload.close();
      }
    }
    return { figures };
  },
};
