import { describe, expect, it } from 'vitest';
import { filePage } from '../../functions/domain/file-page.ts';
import { formatStorageIdentifier, mintFileNames } from '../../functions/domain/storage-identifier.ts';
import { aRecord, TASK, TRANSFER } from '../support/builders.ts';

const BOUND = { taskId: TASK, bodyHash: 'a hash', fileCount: 3, listId: 'a list' };
const LISTED = ['a', 'b', 'c'].map((name) => ({ storageIdentifier: `globusm://${name}`, fileName: `${name}.dat` }));
const ALL = { start: 0, limit: 100 };

describe('the files of a transfer', () => {
  it('are the identifiers that were given out, before a report', () => {
    const record = aRecord({ numberOfFiles: 5 });
    const names = mintFileNames(TRANSFER, record.identifierSeed, 5);
    const page = filePage(record, undefined, [], { start: 1, limit: 2 });
    expect(page).toMatchObject({ total: 5, start: 1, limit: 2 });
    expect(page.results).toEqual(
      names.slice(1, 3).map((name) => ({
        storageIdentifier: formatStorageIdentifier(record, name),
        fileName: null,
        fileId: null,
        outcome: 'granted',
        reason: null,
      })),
    );
    expect(filePage(record, undefined, [], { start: 9, limit: 2 }).results).toEqual([]);
  });

  it('wait while they are being registered, and end with what became of each', () => {
    const refused = { storageIdentifier: 'globusm://b', fileName: 'b.dat', outcome: 'refused', reason: 'why' } as const;
    const record = aRecord({ state: 'SETTLING', bound: BOUND });
    const outcomes = filePage(record, LISTED, [refused], ALL).results.map(({ outcome, reason }) => [outcome, reason]);
    expect(outcomes).toEqual([
      ['waiting', null],
      ['refused', 'why'],
      ['waiting', null],
    ]);
    const closed = filePage(aRecord({ state: 'CLOSED', bound: BOUND }), LISTED, [refused], ALL);
    expect(closed.results.map(({ outcome }) => outcome)).toEqual(['not-registered', 'refused', 'not-registered']);
  });

  it('are paged in the order of the report', () => {
    const record = aRecord({ state: 'SETTLING', bound: BOUND });
    const page = filePage(record, LISTED, [], { start: 2, limit: 2 });
    expect(page).toMatchObject({ total: 3, results: [{ fileName: 'c.dat' }] });
  });

  it('are those that a download was granted for, with their ids', () => {
    const record = aRecord({ state: 'FOLLOWING', download: { listId: 'a', fileCount: 1 } });
    const listed = [{ storageIdentifier: 'globusm://a', fileName: 'a.dat', fileId: '60' }];
    expect(filePage(record, listed, [], ALL).results).toMatchObject([{ fileId: '60', outcome: 'granted' }]);
  });
});
