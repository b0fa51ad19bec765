import { describe, expect, it } from 'vitest';
import { NOTHING_REGISTERED } from '../../functions/domain/registration.ts';
import type { TransferRecord, TransferState } from '../../functions/domain/transfer.ts';
import { stageOf } from '../../functions/domain/transfer-stage.ts';
import { aRecord, CURATOR, TASK } from '../support/builders.ts';

const BOUND = { taskId: TASK, bodyHash: 'a hash', fileCount: 7, listId: 'a list' };
const settling = (changes: Partial<TransferRecord>) =>
  stageOf(aRecord({ state: 'SETTLING', bound: BOUND, ruleReleased: true, ...changes }));
const registering = (changes: Partial<typeof NOTHING_REGISTERED>) =>
  settling({ registration: { ...NOTHING_REGISTERED, registered: 3, ...changes } });

const STATES: readonly TransferState[] = [
  'REQUESTED',
  'GRANTED',
  'OBSERVED',
  'BOUND',
  'FOLLOWING',
  'SETTLING',
  'CLOSED',
  'EXPIRING',
  'EXPIRED',
  'REFUSED',
  'ATTENTION',
];

describe('the stage of a transfer', () => {
  it.each(STATES)('is a sentence of its own while it is %s', (state) => {
    const stages = STATES.map((each) => stageOf(aRecord({ state: each })));
    expect(stageOf(aRecord({ state }))).toMatch(/^[A-Z].*\.$/);
    expect(new Set(stages).size).toBe(STATES.length);
  });

  it('says until when a report is waited for', () => {
    expect(stageOf(aRecord())).toContain('until 2026-03-01T00:05:00Z');
  });

  it('says what a report lacks', () => {
    expect(stageOf(aRecord({ state: 'BOUND', admission: 'UNVERIFIED' }))).toContain('Globus to confirm');
    expect(stageOf(aRecord({ state: 'FOLLOWING', admission: 'UNLOCKED' }))).toContain('could not be locked');
  });

  it('says how far registration is, and what it waits for', () => {
    expect(settling({ ruleReleased: false })).toContain('access rule is being removed');
    expect(registering({})).toBe('3 of 7 files are registered; the others are being registered.');
    expect(registering({ unsettledUntilEpochSeconds: 5 })).toContain('waits for Dataverse to finish a batch');
    expect(registering({ fruitlessRounds: 1 })).toContain('tried again');
    expect(registering({ roundsInLine: 1 })).toContain('until another upload into this dataset is registered');
    expect(registering({ isComplete: true })).toContain('unlocked');
    expect(settling({ givenUp: { by: CURATOR, atEpochSeconds: 1 } })).toContain('given up by curator');
    expect(settling({ download: { listId: 'a', fileCount: 1 } })).toBe('It is being closed.');
  });

  it('says why an operator is needed, and where a transfer goes on that is over', () => {
    const attention = { reason: 'no token', resumes: 'SETTLING' } as const;
    expect(stageOf(aRecord({ state: 'ATTENTION', attention }))).toContain('(no token)');
    const continuedBy = '29-18b49d36999' as TransferRecord['transferId'];
    for (const state of ['CLOSED', 'EXPIRED'] as const)
      expect(stageOf(aRecord({ state, continuedBy }))).toContain(continuedBy);
  });
});
