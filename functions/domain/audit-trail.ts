import type { TrailEntry, TransferRecord } from './transfer.ts';

/** Longest reason kept in a record: a header must stay far below 400 KB (A13), whatever a platform's error texts are like. */
const LONGEST_REASON = 500;

/** A reason as it is kept; the message alone where the platform wrapped it into JSON with a stack trace. */
export function shortReason(text: string): string {
  const wrapped = /"errorMessage":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const prefix = wrapped === undefined ? '' : text.slice(0, Math.max(0, text.indexOf('{')));
  return `${prefix}${wrapped ?? text}`.slice(0, LONGEST_REASON);
}

/**
 * Does a change belong into the audit trail? Every change of state, what is done to rule, report, registration and execution in between, and
 * what owners and operators ask for; looks and waits do not.
 */
export function isNewsworthy(before: TransferRecord, after: TransferRecord): boolean {
  const facts = (record: TransferRecord) =>
    JSON.stringify([
      record.state,
      record.report?.taskId,
      record.admission,
      record.ruleReleased,
      record.registration?.batchesSent,
      record.registration?.sentAsService,
      record.executionNumber,
      record.observedAs,
      record.continuedBy,
      record.breaches,
      record.givenUp ?? null,
      record.discarded ?? null,
      record.steered ?? null,
    ]);
  return facts(before) !== facts(after);
}

/** Longest audit trail kept in the header; beyond it the oldest entries but the first go. */
const MAX_TRAIL_ENTRIES = 200;

/** The trail with one more entry. */
export function extendTrail(trail: readonly TrailEntry[], entry: TrailEntry): readonly TrailEntry[] {
  const longer = [...trail, entry];
  return longer.length <= MAX_TRAIL_ENTRIES ? longer : [...longer.slice(0, 1), ...longer.slice(2)];
}
