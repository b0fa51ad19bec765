import { describe, expect, it } from 'vitest';
import { dayOf, whatDecides } from '../../functions/domain/download-permission.ts';
import { aStandingFile } from '../support/fakes/fake-dataverse.ts';

const TODAY = '2026-03-01';

describe('who may download a file', () => {
  it.each([
    ['everybody, when it is published and nothing restricts it', {}, 'everybody'],
    ['nobody after its retention period, whoever asks', { retentionEndsOn: '2026-02-28' }, 'nobody'],
    ['everybody on the last day of its retention period', { retentionEndsOn: '2026-03-01' }, 'everybody'],
    ['whoever may download it by role, when it is restricted', { isRestricted: true }, 'may-download-file'],
    ['whoever may edit the dataset, under an embargo', { embargoEndsOn: '2026-03-02' }, 'may-edit-dataset'],
    ['everybody on the day its embargo ends', { embargoEndsOn: '2026-03-01' }, 'everybody'],
    [
      'by role, when it is restricted and embargoed',
      { isRestricted: true, embargoEndsOn: '2027-01-01' },
      'may-download-file',
    ],
    [
      'nobody, restricted or not, once its retention is over',
      { isRestricted: true, retentionEndsOn: '2020-01-01' },
      'nobody',
    ],
  ] as const)('is %s', (_who, changes, decides) => {
    expect(whatDecides(aStandingFile(changes), true, TODAY)).toBe(decides);
  });

  it('is whoever may see the draft, for a file that was never published', () => {
    expect(whatDecides(aStandingFile({ isRestricted: true }), false, TODAY)).toBe('may-view-draft');
  });

  it('goes by the day in UTC', () => {
    expect(dayOf(Date.UTC(2026, 1, 28, 23, 59, 59))).toBe('2026-02-28');
  });
});
