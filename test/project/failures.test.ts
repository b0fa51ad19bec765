import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** docs/failures.md says which test plays which failure: rows, files and titles are held against the tests here. */
const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => /^\| F-\d\d \|/.test(line));
const FAILURES = Array.from({ length: 83 }, (_, index) => `F-${String(index + 1).padStart(2, '0')}`);

/** Files named in a cell, each with the titles that follow it. */
function testsOf(cell: string): readonly { readonly file: string; readonly titles: readonly string[] }[] {
  return cell
    .split(/(?=`[\w/-]+\.(?:test\.)?ts`)/)
    .filter((part) => part.startsWith('`'))
    .map((part) => ({
      file: part.slice(1, part.indexOf('`', 1)),
      titles: [...part.matchAll(/\*([^*]+)\*/g)].map((match) => match[1] ?? ''),
    }));
}

describe('the page of failures', () => {
  it('has a row for each failure of the catalogue, in order', () => {
    expect(rows.map((row) => row.slice(2, 6))).toEqual(FAILURES);
  });

  it.each(rows.map((row) => ({ id: row.slice(2, 6), cell: row.split(' | ').slice(2).join(' | ') })))(
    '$id names tests that are there, or the reason why it has none',
    ({ cell }) => {
      const tests = testsOf(cell);
      if (tests.length === 0) expect(cell).toMatch(/^(not yet|does not apply)/);
      for (const { file, titles } of tests) {
        expect(titles, file).not.toEqual([]);
        const path = new URL(`../${file}`, import.meta.url);
        expect(existsSync(path), file).toBe(true);
        const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
        for (const title of titles) expect(source, `${file}: ${title}`).toContain(title);
      }
    },
  );
});
