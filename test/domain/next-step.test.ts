import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueAfter,
  lookWaitSeconds,
  nextStep,
  observeWaitSeconds,
  type StepResult,
} from '../../functions/domain/next-step.ts';
import { NOTHING_REGISTERED } from '../../functions/domain/registration.ts';
import { isFinal, type TransferRecord, type TransferState } from '../../functions/domain/transfer.ts';
import { aRecord, START_SECONDS } from '../support/builders.ts';

const NOW = START_SECONDS;
const COMPLETE = { ...NOTHING_REGISTERED, isComplete: true };

interface Case {
  readonly case: string;
  readonly record: Partial<TransferRecord> & { readonly state: TransferState };
  readonly expected: StepResult;
}

const CASES: readonly Case[] = [
  {
    case: 'REQUESTED with its lease running waits for the report',
    record: { state: 'REQUESTED', leaseEndsAtEpochSeconds: NOW + 300 },
    expected: { next: 'REPORT', waitSeconds: 300 },
  },
  {
    case: 'REQUESTED at the end of its lease ends it',
    record: { state: 'REQUESTED', leaseEndsAtEpochSeconds: NOW },
    expected: { next: 'LEASE', waitSeconds: 0 },
  },
  {
    case: 'GRANTED waits for the report until the lease ends',
    record: { state: 'GRANTED', leaseEndsAtEpochSeconds: NOW + 1 },
    expected: { next: 'REPORT', waitSeconds: 1 },
  },
  {
    case: 'GRANTED at the end of its lease ends it',
    record: { state: 'GRANTED', leaseEndsAtEpochSeconds: NOW },
    expected: { next: 'LEASE', waitSeconds: 0 },
  },
  {
    case: 'GRANTED long after its lease ends it',
    record: { state: 'GRANTED', leaseEndsAtEpochSeconds: NOW - 9_999 },
    expected: { next: 'LEASE', waitSeconds: 0 },
  },
  {
    case: 'OBSERVED is looked at, however much lease there is left',
    record: { state: 'OBSERVED', leaseEndsAtEpochSeconds: NOW + 300 },
    expected: { next: 'LEASE', waitSeconds: 0 },
  },
  {
    case: 'EXPIRING goes on expiring',
    record: { state: 'EXPIRING', leaseEndsAtEpochSeconds: NOW - 1 },
    expected: { next: 'LEASE', waitSeconds: 0 },
  },
  {
    case: 'BOUND is looked at soon',
    record: { state: 'BOUND', looks: 0 },
    expected: { next: 'FOLLOW', waitSeconds: 2 },
  },
  {
    case: 'FOLLOWING is looked at after the wait of its look',
    record: { state: 'FOLLOWING', looks: 9 },
    expected: { next: 'FOLLOW', waitSeconds: 12 },
  },
  {
    case: 'SETTLING gives up its rule first',
    record: { state: 'SETTLING', ruleReleased: false, registration: COMPLETE },
    expected: { next: 'RELEASE', waitSeconds: 0 },
  },
  {
    case: 'SETTLING without its rule registers',
    record: { state: 'SETTLING', ruleReleased: true },
    expected: { next: 'REGISTER', waitSeconds: 0 },
  },
  {
    case: 'SETTLING half registered goes on registering',
    record: { state: 'SETTLING', ruleReleased: true, registration: NOTHING_REGISTERED },
    expected: { next: 'REGISTER', waitSeconds: 0 },
  },
  {
    case: 'SETTLING with a result for every file closes',
    record: { state: 'SETTLING', ruleReleased: true, registration: COMPLETE },
    expected: { next: 'CLOSE', waitSeconds: 0 },
  },
  { case: 'CLOSED is done', record: { state: 'CLOSED' }, expected: { next: 'DONE', waitSeconds: 0 } },
  { case: 'EXPIRED is done', record: { state: 'EXPIRED' }, expected: { next: 'DONE', waitSeconds: 0 } },
  { case: 'REFUSED is done', record: { state: 'REFUSED' }, expected: { next: 'DONE', waitSeconds: 0 } },
];

describe('the next step of a transfer', () => {
  it.each(CASES)('$case', ({ record, expected }) => {
    expect(nextStep(aRecord(record), NOW)).toEqual(expected);
  });

  it.each(CASES.filter(({ record }) => !isFinal(record.state)))('under ATTENTION is the same: $case', (each) => {
    const attention = { reason: 'Dataverse refused', resumes: each.record.state };
    expect(nextStep(aRecord({ ...each.record, state: 'ATTENTION', attention }), NOW)).toEqual(each.expected);
  });

  it('under ATTENTION from which nothing is known to resume is a look at the task, never a release', () => {
    expect(nextStep(aRecord({ state: 'ATTENTION', attention: null }), NOW).next).toBe('FOLLOW');
  });

  it('is never a release, a registration or an end while no outcome of the task is recorded', () => {
    const open: TransferState[] = ['REQUESTED', 'GRANTED', 'OBSERVED', 'BOUND', 'FOLLOWING', 'EXPIRING'];
    const records = fc.record({
      state: fc.constantFrom(...open),
      leaseEndsAtEpochSeconds: fc.integer({ min: NOW - 1_000, max: NOW + 1_000 }),
      looks: fc.nat({ max: 500 }),
      ruleReleased: fc.boolean(),
      registration: fc.constantFrom(null, NOTHING_REGISTERED, COMPLETE),
    });
    fc.assert(
      fc.property(records, (record) => {
        const { next, waitSeconds } = nextStep(aRecord(record), NOW);
        expect(['LEASE', 'REPORT', 'FOLLOW']).toContain(next);
        expect(Number.isInteger(waitSeconds) && waitSeconds >= 0).toBe(true);
      }),
    );
  });
});

describe('a final state', () => {
  const states: Record<TransferState, boolean> = {
    REQUESTED: false,
    GRANTED: false,
    OBSERVED: false,
    BOUND: false,
    FOLLOWING: false,
    SETTLING: false,
    EXPIRING: false,
    ATTENTION: false,
    CLOSED: true,
    EXPIRED: true,
    REFUSED: true,
  };
  it.each(Object.entries(states))('is not left by any step; %s: %s', (state, expected) => {
    expect(isFinal(state as TransferState)).toBe(expected);
  });
});

describe('the wait before a look', () => {
  it('is short eleven times, so that small transfers finish in seconds', () => {
    const waits = Array.from({ length: 11 }, (_, looks) => lookWaitSeconds(looks));
    expect(waits).toEqual([2, 3, 4, 4, 4, 5, 6, 8, 10, 12, 12]);
  });

  it('is then a wait for the task monitor of 1, 3, 9 and each 24 hours at the longest', () => {
    const waits = Array.from({ length: 6 }, (_, index) => lookWaitSeconds(11 + index) / 3_600);
    expect(waits).toEqual([1, 3, 9, 24, 24, 24]);
  });

  it('on an unreported task is short three times and then the same', () => {
    const waits = Array.from({ length: 8 }, (_, looks) => observeWaitSeconds(looks));
    expect(waits).toEqual([60, 180, 600, 3_600, 10_800, 32_400, 86_400, 86_400]);
  });

  it('is whole seconds, never shorter than the one before and never beyond a day', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), (looks) => {
        const waitSeconds = lookWaitSeconds(looks);
        expect(Number.isInteger(waitSeconds)).toBe(true);
        expect(waitSeconds).toBeGreaterThanOrEqual(2);
        expect(waitSeconds).toBeLessThanOrEqual(lookWaitSeconds(looks + 1));
        expect(waitSeconds).toBeLessThanOrEqual(86_400);
      }),
    );
  });

  it('leaves the workflow two minutes before the transfer is past due', () => {
    expect(dueAfter(NOW, 600)).toBe(NOW + 720);
  });

  it('lets the sweep ask after an hour whether a long wait is still waited', () => {
    expect(dueAfter(NOW, 86_400)).toBe(NOW + 3_720);
  });
});
