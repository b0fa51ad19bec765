import type { CallBudget } from '../../ports/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Table } from './table.ts';

/** Globus meters over this long (G3). */
const WINDOW_SECONDS = 10;
/** The part of a window that looks may use up; the rest is for grants and releases. */
const SHARE_OF_LOOKS = 0.7;

/** A budget kept in one item per identity: the window under way, and the calls made in it. */
export function createCallBudget(table: Table, clock: Clock, callsPerSecond: number): CallBudget {
  return {
    async take(identity, urgency) {
      const now = clock.nowMilliseconds();
      const window = Math.floor(now / 1000 / WINDOW_SECONDS);
      const share = urgency === 'urgent' ? 1 : SHARE_OF_LOOKS;
      const most = Math.max(1, Math.floor(callsPerSecond * WINDOW_SECONDS * share));
      const isTaken = await table.countInWindow({ pk: `budget#${identity}`, sk: 'globus' }, window, most);
      return isTaken ? 0 : (window + 1) * WINDOW_SECONDS * 1000 - now;
    },
  };
}
