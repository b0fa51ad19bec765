import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectTestsThere, testsNamedIn } from './named-tests.ts';

/** docs/threats.md says what is done about each threat and which tests try it: rows, files and titles are held against the tests here. */
const page = readFileSync(new URL('../../docs/threats.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\| T-\d\d \|/.test(line))
  .map((line) => line.slice(2, -1).split(' | '))
  .map(([id = '', threat = '', done = '', tried = '']) => ({ id, threat, done, tried }));
const THREATS = Array.from({ length: 29 }, (_, index) => `T-${String(index + 1).padStart(2, '0')}`);

describe('the page of threats', () => {
  it('has one row for each threat', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual(THREATS);
  });

  it.each(rows)('$id says what is done, and names tests that are there, or what is not done yet', ({ done, tried }) => {
    const tests = testsNamedIn(tried);
    if (tests.length === 0) expect(done).toMatch(/^not yet: /);
    else expect(done).toMatch(/^[A-Z\d].*\.$/);
    expectTestsThere(tests);
  });
});
