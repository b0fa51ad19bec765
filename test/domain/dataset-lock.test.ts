import { describe, expect, it } from 'vitest';
import { isLockUnsettled, whyEditingIsForbidden } from '../../functions/domain/dataset-lock.ts';
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

describe('a lock call without an answer', () => {
  it.each([
    { case: 'may land before its moment', until: START_SECONDS + 1, expected: true },
    { case: 'is over at its moment', until: START_SECONDS, expected: false },
    { case: 'does not exist', until: null, expected: false },
  ])('$case', ({ until, expected }) => {
    const item = aLockItem({ lockUnsettledUntilEpochSeconds: until });
    expect(isLockUnsettled(item, START_SECONDS)).toBe(expected);
  });
});
