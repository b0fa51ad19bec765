import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash } from '../../functions/domain/canonical-json.ts';

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

const documents = fc.jsonValue({ maxDepth: 4 });

describe('canonical JSON', () => {
  it('is the same whatever the order of the members', () => {
    fc.assert(
      fc.property(documents, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('reads back as the value it was made of', () => {
    fc.assert(
      fc.property(documents, (value) => {
        // JSON knows no negative zero.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('differs when the items of an array change places', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), ([first, second, ...rest]) => {
        expect(canonicalJson([second, first, ...rest])).not.toBe(canonicalJson([first, second, ...rest]));
      }),
    );
  });

  it.each([
    { case: 'a text and the number it looks like', one: { n: '1' }, other: { n: 1 } },
    { case: 'null and no member', one: { n: null }, other: {} },
    { case: 'a list and its only item', one: ['a'], other: 'a' },
    { case: 'a member that holds what looks like two', one: { a: '1","b":"2' }, other: { a: '1', b: '2' } },
  ])('tells apart $case', ({ one, other }) => {
    expect(contentHash(one)).not.toBe(contentHash(other));
  });

  it('leaves out members without a value, as JSON does', () => {
    expect(canonicalJson({ b: 1, a: undefined, c: [] })).toBe('{"b":1,"c":[]}');
  });

  it('has a SHA-256 in hex for its hash', () => {
    expect(contentHash({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
