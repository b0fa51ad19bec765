import { describe, expect, it } from 'vitest';
import {
  lockUnsettledSeconds,
  whyEditingIsForbidden,
  withOpenCall,
  withoutOpenCall,
} from '../../functions/domain/dataset-lock.ts';
import { aLockItem, START_SECONDS } from '../support/builders.ts';

const BY_LOCK = 'Dataset cannot be edited due to dataset lock.';
const BY_REVIEW = 'Dataset cannot be edited due to In Review dataset lock.';

describe('editing a dataset', () => {
  it.each([
    { case: 'without a lock is allowed', locks: [], canPublish: false, expected: undefined },
    { case: 'in review is allowed to who may publish', locks: ['InReview'], canPublish: true, expected: undefined },
    { case: 'in review is forbidden to others', locks: ['InReview'], canPublish: false, expected: BY_REVIEW },
    {
      case: 'in review and in ingest is forbidden to others by the ingest',
      locks: ['InReview', 'Ingest'],
      canPublish: false,
      expected: BY_LOCK,
    },
    {
      case: 'in review and in ingest is forbidden to who may publish',
      locks: ['InReview', 'Ingest'],
      canPublish: true,
      expected: BY_LOCK,
    },
  ])('$case', ({ locks, canPublish, expected }) => {
    expect(whyEditingIsForbidden(locks, canPublish)).toBe(expected);
  });

  it.each(
    [
      'Ingest',
      'Workflow',
      'DcmUpload',
      'GlobusUpload',
      'finalizePublication',
      'EditInProgress',
      'FileValidationFailed',
      'ALockOfALaterRelease',
    ].map((lockType) => ({ case: lockType, lockType })),
  )('is forbidden to everybody under $case', ({ lockType }) => {
    expect(whyEditingIsForbidden([lockType], true)).toBe(BY_LOCK);
    expect(whyEditingIsForbidden([lockType], false)).toBe(BY_LOCK);
  });
});

describe('lock calls without an answer', () => {
  it.each([
    { case: 'one that may land until a later moment', openCalls: { a: START_SECONDS + 1 }, expected: 1 },
    { case: 'one whose moment has come', openCalls: { a: START_SECONDS }, expected: 0 },
    { case: 'several: the latest counts', openCalls: { a: START_SECONDS + 7, b: START_SECONDS + 90 }, expected: 90 },
    { case: 'none', openCalls: {}, expected: 0 },
  ])('keep the item for $expected s: $case', ({ openCalls, expected }) => {
    expect(lockUnsettledSeconds(aLockItem({ openCalls }), START_SECONDS)).toBe(expected);
  });

  it('are taken out one by one, each by its own answer, and forgotten when they cannot land any more', () => {
    const first = withOpenCall(aLockItem({ openCalls: { old: START_SECONDS } }), 'a', START_SECONDS);
    const both = withOpenCall(first, 'b', START_SECONDS + 10);
    expect(both.openCalls).toEqual({ a: START_SECONDS + 300, b: START_SECONDS + 310 });
    expect(withoutOpenCall(both, 'b').openCalls).toEqual({ a: START_SECONDS + 300 });
    expect(withoutOpenCall(both, 'never made').openCalls).toEqual(both.openCalls);
  });
});
