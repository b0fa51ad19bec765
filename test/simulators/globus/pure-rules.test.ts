import { describe, expect, it } from 'vitest';
import { fileTime, isoTime, parseTime } from '../../../infra/local/simulators/globus/documents.ts';
import { matchesGlob, parseFilters, parseOrder } from '../../../infra/local/simulators/globus/filter-clauses.ts';
import { canonicalPath, commonDirectory, coversPath } from '../../../infra/local/simulators/globus/paths.ts';

describe('canonicalPath', () => {
  it.each([
    { path: '/', result: '/' },
    { path: '/~/', result: '/' },
    { path: '/~/a', result: '/a' },
    { path: '/a//b/', result: '/a/b' },
    { path: '/a/~/b', result: '/a/~/b' },
    { path: '/a..b/...', result: '/a..b/...' },
    { path: 'a', result: undefined },
    { path: '', result: undefined },
    { path: '/a/../b', result: undefined },
    { path: '/a/.', result: undefined },
    { path: '/a\nb', result: undefined },
  ])('spells $path as $result', ({ path, result }) => {
    expect(canonicalPath(path)).toBe(result);
  });
});

describe('coversPath', () => {
  it.each([
    { rule: '/', path: '/a', covers: true },
    { rule: '/a', path: '/a', covers: true },
    { rule: '/a', path: '/a/b/c', covers: true },
    { rule: '/a', path: '/ab', covers: false },
    { rule: '/a/b', path: '/a', covers: false },
  ])('$rule reaches $path: $covers', ({ rule, path, covers }) => {
    expect(coversPath(rule, path)).toBe(covers);
  });
});

describe('commonDirectory', () => {
  it.each([
    { paths: ['/a/b/c.txt'], result: '/a/b/' },
    { paths: ['/a/b/c.txt', '/a/d.txt'], result: '/a/' },
    { paths: ['/a/b/', '/a/b/c.txt'], result: '/a/b/' },
    { paths: ['/a/b', '/c/d'], result: '/' },
  ])('of $paths is $result', ({ paths, result }) => {
    expect(commonDirectory(paths)).toBe(result);
  });
});

describe('filters', () => {
  it.each([
    { filter: 'name:a', name: 'a', passes: true },
    { filter: 'name:a,b', name: 'b', passes: true },
    { filter: 'name:=a', name: 'ab', passes: false },
    { filter: 'name:~a*', name: 'abc', passes: true },
    { filter: 'name:~a?', name: 'abc', passes: false },
    { filter: 'name:!a', name: 'a', passes: false },
    { filter: 'name:!~*.log,!b', name: 'c', passes: true },
    { filter: 'size:>5', name: 'a', passes: true },
    { filter: 'size:<5', name: 'a', passes: false },
    { filter: 'name:a/size:>50', name: 'a', passes: false },
    { filter: 'time:2021-01-01,', name: 'a', passes: true },
    { filter: 'time:,2021-01-01', name: 'a', passes: false },
  ])('$filter on $name: $passes', ({ filter, name, passes }) => {
    expect(parseFilters([filter], ['time'])({ name, size: 10, time: '2022-05-05' })).toBe(passes);
  });

  it.each([
    { glob: '*.nc', name: 'a.nc', matches: true },
    { glob: '*.nc', name: 'axnc', matches: false },
    { glob: '[!a]b', name: 'cb', matches: true },
    { glob: '[', name: '[', matches: true },
  ])('the glob $glob on $name: $matches', ({ glob, name, matches }) => {
    expect(matchesGlob(glob, name)).toBe(matches);
  });

  it('orders by several keys', () => {
    const rows = [
      { name: 'b', size: 1 },
      { name: 'a', size: 10 },
      { name: 'c', size: 10 },
    ];
    expect(rows.sort(parseOrder('size DESC, name', 'name')).map((row) => row.name)).toEqual(['a', 'c', 'b']);
  });
});

describe('times', () => {
  it('are written with T for tasks and with a space for files', () => {
    const at = Date.UTC(2025, 0, 2, 3, 4, 5, 678);
    expect([isoTime(at), isoTime(null), fileTime(at)]).toEqual([
      '2025-01-02T03:04:05+00:00',
      null,
      '2025-01-02 03:04:05+00:00',
    ]);
  });

  it.each([
    { text: '2030-03-30', iso: '2030-03-30T00:00:00.000Z' },
    { text: '2030-03-30T01:02:03', iso: '2030-03-30T01:02:03.000Z' },
    { text: '2030-03-30 01:02:03+02:00', iso: '2030-03-29T23:02:03.000Z' },
  ])('reads $text as UTC unless it says otherwise', ({ text, iso }) => {
    expect(new Date(parseTime(text) ?? Number.NaN).toISOString()).toBe(iso);
  });
});
