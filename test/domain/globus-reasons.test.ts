import { describe, expect, it } from 'vitest';
import { reasonsOf, wordsFor } from '../../functions/domain/globus-reasons.ts';
import { aTask } from '../support/builders.ts';

const anEvent = (code: string, changes: object = {}) => ({
  code,
  description: `description of ${code}`,
  details: null,
  atEpochSeconds: 100,
  ...changes,
});

/** Codes of which the researcher can be told more than Globus's own description (globus-api.md 2.4). */
const EXPLAINED = [
  ['PERMISSION_DENIED', 'may not be read'],
  ['FILE_NOT_FOUND', 'does not exist'],
  ['QUOTA_EXCEEDED', 'quota'],
  ['NO_SPACE_LEFT', 'no space left'],
  ['ENDPOINT_TOO_BUSY', 'too busy'],
  ['GC_NOT_CONNECTED', 'Start Globus Connect Personal'],
  ['GC_PAUSED', 'Resume it there'],
  ['CONNECT_FAILED', 'connection'],
  ['AUTH', 'log in'],
  ['NO_CREDENTIALS', 'consent'],
  ['EXTERNAL_CHECKSUM_MISMATCH', 'checksum'],
  ['VERIFY_CHECKSUM', 'checksum'],
  ['TIMEOUT', 'in time'],
  ['PAUSED', 'administrator'],
  ['EXPIRED', 'deadline'],
  ['CANCELED', 'cancelled'],
  ['LIMIT_EXCEEDED', 'limit'],
] as const;

describe('what Globus says', () => {
  it.each(EXPLAINED)('as %s is told in a sentence that says %s', (code, words) => {
    expect(wordsFor(code, 'whatever')).toContain(words);
    expect(wordsFor(code)).toMatch(/^[A-Z].*\.$/);
  });

  it('is told in its own words where the code is not known, and as the bare code without any', () => {
    expect(wordsFor('SOMETHING_NEW', 'the moon is full')).toBe('Globus says SOMETHING_NEW: the moon is full');
    expect(wordsFor('SOMETHING_NEW')).toBe('Globus says SOMETHING_NEW.');
    expect(wordsFor('constructor')).toBe('Globus says constructor.');
  });
});

describe('why a task does not get on', () => {
  it('is nothing while it is fine', () => {
    expect(reasonsOf(aTask(), [])).toEqual([]);
    expect(reasonsOf(undefined, [])).toEqual([]);
  });

  it('begins with how it stands now, then what it met, each code once and the newest of it', () => {
    const task = aTask({ status: 'INACTIVE', isPaused: true, niceStatus: 'PERMISSION_DENIED' });
    const events = [
      anEvent('PERMISSION_DENIED', { atEpochSeconds: 300, details: 'newest' }),
      anEvent('TIMEOUT', { atEpochSeconds: 200 }),
      anEvent('PERMISSION_DENIED', { atEpochSeconds: 100, details: 'older' }),
    ];
    expect(reasonsOf(task, events)).toMatchObject([
      { code: 'INACTIVE', atEpochSeconds: null },
      { code: 'PAUSED', atEpochSeconds: null },
      { code: 'PERMISSION_DENIED', atEpochSeconds: 300, details: 'newest' },
      { code: 'TIMEOUT', atEpochSeconds: 200 },
    ]);
  });

  it('says that it waits in the queue, and how it ended', () => {
    expect(reasonsOf(aTask({ niceStatus: 'Queued' }), [])).toMatchObject([{ code: 'QUEUED' }]);
    const fatalError = { code: 'EXPIRED', description: 'deadline passed' };
    expect(reasonsOf(aTask({ status: 'FAILED', niceStatus: null, fatalError }), [])).toMatchObject([
      { code: 'EXPIRED' },
    ]);
  });
});
