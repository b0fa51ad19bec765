import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A file of tests that a page names, below `test/`, with the titles that follow it. */
interface NamedTests {
  readonly file: string;
  readonly titles: readonly string[];
}

/** Tests that a cell of a table names: a file in backticks, then its titles in italics. */
export function testsNamedIn(cell: string): readonly NamedTests[] {
  return cell
    .split(/(?=`[\w/-]+\.(?:test\.)?ts`)/)
    .filter((part) => part.startsWith('`'))
    .map((part) => ({
      file: part.slice(1, part.indexOf('`', 1)),
      titles: [...part.matchAll(/\*([^*]+)\*/g)].map((match) => match[1] ?? ''),
    }));
}

/** Each file is there, is named with a title, and holds all of them. */
export function expectTestsThere(tests: readonly NamedTests[]): void {
  for (const { file, titles } of tests) {
    expect(titles, file).not.toEqual([]);
    const path = new URL(`../${file}`, import.meta.url);
    expect(existsSync(path), file).toBe(true);
    const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
    for (const title of titles) expect(source, `${file}: ${title}`).toContain(title);
  }
}
