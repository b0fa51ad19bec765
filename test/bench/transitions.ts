import { openVirtualUpload } from '../support/virtual-upload.ts';
import type { Figure, Part } from './figure.ts';

const DAY_SECONDS = 86_400;
/** What Step Functions allows an execution (A1). */
const MOST_EVENTS = 25_000;

const LENGTHS = [
  { length: '10 s', seconds: 10, most: 60 },
  { length: 'a minute', seconds: 60, most: 60 },
  { length: 'an hour', seconds: 3_600, most: 70 },
  { length: 'a day', seconds: DAY_SECONDS, most: 70 },
  { length: '90 days', seconds: 90 * DAY_SECONDS, most: 180 },
];
const DIRECTIONS = ['upload', 'download'] as const;

/** What Step Functions would be paid for, and what it bounds: counted in the local engine, in virtual time. */
export const transitions: Part = {
  name: 'transitions',
  title: 'the workflow of one transfer, from its grant to its close, in virtual time',
  async run({ signal }) {
    const figures: Figure[] = [];
    for (const direction of DIRECTIONS) {
      for (const { length, seconds, most } of LENGTHS) {
        signal.throwIfAborted();
        const what = `${direction} of ${length}`;
        const transfer = await openVirtualUpload(direction);
        try {
          const { status, transitionCount, events } = await transfer.uploadOf(seconds);
          if (status !== 'SUCCEEDED') throw new Error(`the execution for the ${what} ended as ${status}`);
          figures.push(
            { what: `state transitions, ${what}`, value: transitionCount, unit: 'transitions', budget: most },
            { what: `history events, ${what}`, value: events.length, unit: 'events', budget: MOST_EVENTS },
          );
        } finally {
          await transfer.close();
        }
      }
    }
    return { figures };
  },
};
