import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetDirectory, directoriesToMake, isInside } from '../../functions/domain/paths.ts';
import { pathSegments } from './arbitrary-values.ts';

const someSegments = fc.array(pathSegments, { minLength: 1, maxLength: 4 });
const slashOrNone = fc.constantFrom('', '/');

function directoryOf(segments: readonly string[]): string {
  return `/${segments.join('/')}`;
}

describe('the directory of a dataset', () => {
  it.each([
    { case: 'below a base path', basePath: '/hdc1', expected: '/hdc1/10.5072/FK2/ILLPXE/' },
    { case: 'at the root of a collection', basePath: '', expected: '/10.5072/FK2/ILLPXE/' },
  ])('$case is authority and identifier, with a slash at the end', ({ basePath, expected }) => {
    expect(datasetDirectory(basePath, '10.5072', 'FK2/ILLPXE')).toBe(expected);
  });
});

describe('the directories to make', () => {
  it.each([
    {
      case: 'an identifier with a shoulder',
      basePath: '/hdc1',
      identifier: 'FK2/ILLPXE',
      expected: ['/hdc1/10.5072/', '/hdc1/10.5072/FK2/', '/hdc1/10.5072/FK2/ILLPXE/'],
    },
    {
      case: 'an identifier of one part',
      basePath: '/hdc1',
      identifier: 'ILLPXE',
      expected: ['/hdc1/10.5072/', '/hdc1/10.5072/ILLPXE/'],
    },
    {
      case: 'a store at the root',
      basePath: '',
      identifier: 'FK2/ILLPXE',
      expected: ['/10.5072/', '/10.5072/FK2/', '/10.5072/FK2/ILLPXE/'],
    },
  ])('for $case are authority and each part, never the base path', ({ basePath, identifier, expected }) => {
    expect(directoriesToMake(basePath, '10.5072', identifier)).toEqual(expected);
  });

  it('grow by one segment each, down to the directory of the dataset', () => {
    fc.assert(
      fc.property(someSegments, pathSegments, someSegments, (base, authority, identifierParts) => {
        const basePath = directoryOf(base);
        const identifier = identifierParts.join('/');
        const directories = directoriesToMake(basePath, authority, identifier);
        const parents = [`${basePath}/`, ...directories.slice(0, -1)];
        for (const [index, directory] of directories.entries()) {
          expect(directory.startsWith(parents[index] ?? '?')).toBe(true);
          expect(directory.split('/').length).toBe(base.length + index + 3);
        }
        expect(directories.at(-1)).toBe(datasetDirectory(basePath, authority, identifier));
      }),
    );
  });
});

describe('being inside a directory', () => {
  it('holds for the directory itself and whatever lies below it', () => {
    fc.assert(
      fc.property(someSegments, fc.array(pathSegments), slashOrNone, slashOrNone, (base, below, end, pathEnd) => {
        const path = directoryOf([...base, ...below]) + pathEnd;
        expect(isInside(directoryOf(base) + end, path)).toBe(true);
      }),
    );
  });

  it('never holds for a sibling, not even one whose name begins alike', () => {
    fc.assert(
      fc.property(someSegments, pathSegments, fc.array(pathSegments), slashOrNone, (base, more, below, end) => {
        const sibling = `${directoryOf(base)}${more}`;
        expect(isInside(directoryOf(base) + end, [sibling, ...below].join('/'))).toBe(false);
      }),
    );
  });

  it('never holds for a parent', () => {
    fc.assert(
      fc.property(someSegments, someSegments, slashOrNone, (base, below, end) => {
        expect(isInside(directoryOf([...base, ...below]), directoryOf(base) + end)).toBe(false);
      }),
    );
  });

  it('never holds for a path with a dot segment, wherever it stands and wherever it would lead', () => {
    const dots = fc.constantFrom('.', '..');
    fc.assert(
      fc.property(someSegments, fc.array(pathSegments), dots, fc.array(pathSegments), (base, before, dot, after) => {
        expect(isInside(directoryOf(base), directoryOf([...base, ...before, dot, ...after]))).toBe(false);
        expect(isInside(directoryOf(base), directoryOf([dot, ...base, ...after]))).toBe(false);
      }),
    );
  });

  it.each([
    { case: 'a longer name beside it', directory: '/hdc1/a', path: '/hdc1/ab', expected: false },
    { case: 'a longer name beside it, with slashes', directory: '/hdc1/a/', path: '/hdc1/ab/', expected: false },
    { case: 'another case of the name', directory: '/hdc1/a/', path: '/HDC1/a/x', expected: false },
    { case: 'a way out and back', directory: '/hdc1/a/', path: '/hdc1/b/../a/x', expected: false },
    { case: 'a name that only begins with dots', directory: '/hdc1/a/', path: '/hdc1/a/..x', expected: true },
    { case: 'the directory without its slash', directory: '/hdc1/a/', path: '/hdc1/a', expected: true },
    { case: 'a relative path', directory: '/hdc1/a/', path: 'hdc1/a/x', expected: false },
    { case: 'an empty path', directory: '/hdc1/a/', path: '', expected: false },
    { case: 'anything, for the root', directory: '/', path: '/hdc1/a', expected: true },
  ])('decides on $case', ({ directory, path, expected }) => {
    expect(isInside(directory, path)).toBe(expected);
  });
});
