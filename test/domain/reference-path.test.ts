import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedReference } from '../../functions/domain/reference-path.ts';
import { COLLECTION, SOURCE_COLLECTION } from '../support/builders.ts';

const ENDPOINTS = [`${COLLECTION}/hdc1/pub`, `${SOURCE_COLLECTION}/shared/`];
const allowed = (path: string) => allowedReference(`${COLLECTION}${path}`, ENDPOINTS);

describe('a referenced file', () => {
  it.each([
    { case: 'directly below a place', path: '/hdc1/pub/a.dat' },
    { case: 'deep below it', path: '/hdc1/pub/run1/2026/a.dat' },
    { case: 'with blanks, dots and signs in its name', path: '/hdc1/pub/run 1/.hidden/a..b…c (2) #3 & 100%.dat' },
    { case: 'with a name that begins with two dots', path: '/hdc1/pub/..a' },
    { case: 'with an escape that hides nothing', path: '/hdc1/pub/a%20b.dat' },
    { case: 'with a fraction in its name', path: '/hdc1/pub/½ degree.nc' },
    { case: 'of another script, joiners included', path: '/hdc1/pub/می\u200cخواهم/日本.dat' },
  ])('is allowed $case', ({ path }) => {
    expect(allowed(path)).toEqual({ collectionId: COLLECTION, path });
  });

  it('is allowed below any of several places, with or without a slash at their end, and below a whole collection', () => {
    const reference = `${SOURCE_COLLECTION}/shared/a`;
    expect(allowedReference(reference, ENDPOINTS)).toEqual({ collectionId: SOURCE_COLLECTION, path: '/shared/a' });
    expect(allowedReference(reference, [SOURCE_COLLECTION])).toMatchObject({ path: '/shared/a' });
    expect(allowedReference(reference, [])).toBeUndefined();
  });

  it.each([
    { case: 'a directory whose name only begins alike', path: '/hdc1/pub2/a' },
    { case: 'a file whose name only begins alike', path: '/hdc1/public.dat' },
    { case: 'the place itself', path: '/hdc1/pub' },
    { case: 'the place with a slash', path: '/hdc1/pub/' },
    { case: 'another case', path: '/hdc1/PUB/a' },
    { case: 'a directory above', path: '/hdc1/a' },
    { case: 'a step upwards', path: '/hdc1/pub/../private/a' },
    { case: 'a step upwards and back', path: '/hdc1/pub/x/../a' },
    { case: 'a step upwards at its end', path: '/hdc1/pub/..' },
    { case: 'a step nowhere', path: '/hdc1/pub/./a' },
    { case: 'an empty segment', path: '/hdc1/pub//a' },
    { case: 'an empty segment in front', path: '//hdc1/pub/a' },
    { case: 'a slash at its end', path: '/hdc1/pub/a/' },
    { case: 'backslashes', path: '/hdc1/pub/..\\..\\a' },
    { case: 'a line end', path: '/hdc1/pub/a\nb' },
    { case: 'a null', path: '/hdc1/pub/a\0' },
    { case: 'a line separator', path: '/hdc1/pub/a\u2028b' },
    { case: 'half a character', path: '/hdc1/pub/a\ud800' },
    { case: 'encoded dots', path: '/hdc1/pub/%2e%2e/a' },
    { case: 'one encoded dot', path: '/hdc1/pub/.%2E/a' },
    { case: 'an encoded slash', path: '/hdc1/pub/..%2fa' },
    { case: 'a harmless encoded slash', path: '/hdc1/pub/b%2Fa' },
    { case: 'an encoded backslash', path: '/hdc1/pub/..%5ca' },
    { case: 'an encoded null', path: '/hdc1/pub/a%00.dat' },
    { case: 'dots encoded twice', path: '/hdc1/pub/%252e%252e/a' },
    { case: 'dots encoded five times', path: '/hdc1/pub/%252525252e%252525252e/a' },
    { case: 'overlong dots', path: '/hdc1/pub/%c0%ae%c0%ae/a' },
    { case: 'a slash as some servers write it', path: '/hdc1/pub/..%u2215a' },
    { case: 'fullwidth dots', path: '/hdc1/pub/．．/a' },
    { case: 'small dots', path: '/hdc1/pub/﹒﹒/a' },
    { case: 'leaders of two dots', path: '/hdc1/pub/‥/a' },
    { case: 'leaders of one dot', path: '/hdc1/pub/․․/a' },
    { case: 'a fullwidth slash', path: '/hdc1/pub/..／a' },
    { case: 'a fullwidth backslash', path: '/hdc1/pub/..＼a' },
    { case: 'a division slash', path: '/hdc1/pub/..∕a' },
    { case: 'a fraction slash', path: '/hdc1/pub/..⁄a' },
    { case: 'a sign that holds a slash', path: '/hdc1/pub/℀' },
    { case: 'fullwidth escapes', path: '/hdc1/pub/％２ｅ％２ｅ/a' },
    { case: 'fullwidth dots, encoded', path: '/hdc1/pub/%EF%BC%8E%EF%BC%8E/a' },
    { case: 'dots with an invisible sign between', path: '/hdc1/pub/.\u200b./a' },
    { case: 'an invisible segment', path: '/hdc1/pub/\u200b/a' },
  ])('is refused for $case', ({ path }) => {
    expect(allowed(path)).toBeUndefined();
  });

  it.each([
    { case: 'another collection', reference: `${SOURCE_COLLECTION}/hdc1/pub/a` },
    { case: 'its collection in capitals', reference: `${COLLECTION.toUpperCase()}/hdc1/pub/a` },
    { case: 'more after its collection', reference: `${COLLECTION}0/hdc1/pub/a` },
    { case: 'a scheme in front', reference: `globus://${COLLECTION}/hdc1/pub/a` },
    { case: 'no collection', reference: '/hdc1/pub/a' },
    { case: 'a blank in front', reference: ` ${COLLECTION}/hdc1/pub/a` },
    { case: 'nothing', reference: '' },
  ])('is refused with $case', ({ reference }) => {
    expect(allowedReference(reference, ENDPOINTS)).toBeUndefined();
  });
});

/** Pieces of which attacks are made, and of which names are. */
const tricks = [
  '.',
  '..',
  '/',
  '\\',
  '%2e',
  '%2E',
  '%2f',
  '%5c',
  '%252e',
  '%25',
  '%00',
  '\0',
  '．',
  '／',
  '＼',
  '‥',
  '∕',
  '％',
];
const names = ['/a', '/run1', '/pub', '/private', '2', ' ', 'é', '日', '\u200b', '.dat'];
const pieces = fc.oneof(fc.constantFrom(...tricks), fc.constantFrom(...names));
const paths = fc.array(pieces, { maxLength: 10 }).map((each) => each.join(''));
const BASE = '/hdc1/pub';

/** Where a path leads for somebody who decodes it, takes it in compatible signs, drops what nobody sees, and then resolves it: in any order. */
function destinationsOf(path: string): string[] {
  const seen = new Set([path]);
  for (const each of seen) {
    if (seen.size > 200) break;
    for (const read of [decoded, compatible, visible, slashed]) seen.add(read(each));
  }
  return [...seen].map((each) => posix.normalize(each));
}
const decoded = (text: string) =>
  text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
const compatible = (text: string) => text.normalize('NFKC');
const visible = (text: string) => text.replaceAll('\u200b', '');
const slashed = (text: string) => text.replaceAll('\\', '/').replaceAll('∕', '/');

function escapes(path: string): boolean {
  return destinationsOf(path).some((each) => !each.startsWith(`${BASE}/`));
}

/** Paths below the base as far as their first characters go, which is all that Dataverse looks at. */
const references = paths.map((path) => `${BASE}${path}`);

describe('whatever is put together', () => {
  it('never leads out of its place, whoever decodes or normalises it', () => {
    fc.assert(
      fc.property(references, (path) => {
        const file = allowedReference(`${COLLECTION}${path}`, [`${COLLECTION}${BASE}`]);
        expect(file === undefined || !escapes(file.path)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is often allowed, so that the rule above has something to hold for', () => {
    const found = fc
      .sample(references, { numRuns: 2_000, seed: 1 })
      .filter((path) => allowedReference(`${COLLECTION}${path}`, ENDPOINTS));
    expect(found.length).toBeGreaterThan(100);
  });

  it('would lead out if only the first characters were compared, as Dataverse does', () => {
    const isAllowedByPrefix = (path: string) => path.startsWith(BASE);
    const outcome = fc.check(
      fc.property(references, (path) => !isAllowedByPrefix(path) || !escapes(path)),
      { numRuns: 5_000 },
    );
    expect(outcome.failed).toBe(true);
  });
});
