import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { parseJson } from '../../functions/domain/json.ts';
import { anyText } from './arbitrary-values.ts';
import { thrownBy } from './thrown-by.ts';

const COMPLAINT = 'Error parsing json body';

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

function nestedObjects(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

function hasInexactNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexactNumber);
}

describe('parsing JSON from outside', () => {
  it.each([{ text: '{"a":1e400}' }, { text: '{"a":9007199254740993}' }, { text: '[-1e300]' }])(
    'refuses the number in $text, which cannot be kept exactly',
    ({ text }) => {
      expect(() => parseJson(text, COMPLAINT)).toThrow(/too large to be exact/);
    },
  );

  it('gives what the text says', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        // Both are refused on purpose; see below.
        fc.pre(!text.includes('__proto__') && !hasInexactNumber(value));
        expect(parseJson(text, COMPLAINT)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    { case: 'arrays', text: nested(16) },
    { case: 'objects', text: nestedObjects(16) },
    { case: 'brackets in a text', text: JSON.stringify({ a: '['.repeat(100) }) },
    { case: 'brackets after an escaped quote', text: JSON.stringify({ a: `"${'{'.repeat(100)}` }) },
    { case: 'a text that ends in a backslash', text: JSON.stringify(['\\', '['.repeat(100)]) },
    { case: 'many lists side by side', text: JSON.stringify(Array.from({ length: 100 }, () => [[]])) },
  ])('accepts sixteen levels: $case', ({ text }) => {
    expect(parseJson(text, COMPLAINT)).toEqual(JSON.parse(text));
  });

  it.each([
    { case: 'seventeen arrays', text: nested(17) },
    { case: 'seventeen objects', text: nestedObjects(17) },
    { case: 'a hundred thousand arrays', text: nested(100_000) },
    { case: 'a hundred thousand arrays that never close', text: '['.repeat(100_000) },
  ])('refuses more: $case', ({ text }) => {
    const error = thrownBy(() => parseJson(text, COMPLAINT));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toBe('Error parsing json body: nested deeper than 16 levels.');
  });

  it.each([
    { case: 'nothing', text: '' },
    { case: 'a word', text: 'hello' },
    { case: 'an object that is cut off', text: '{"a":[1,2' },
    { case: 'two documents', text: '{}{}' },
    { case: 'a comma too many', text: '[1,]' },
    { case: 'a byte order mark', text: '\uFEFF{}' },
    { case: 'a number that is none', text: '{"a":NaN}' },
    { case: 'a member named __proto__', text: '{"a":1,"__proto__":{"canEdit":true}}' },
    { case: 'a member named __proto__ inside', text: '{"files":[{"__proto__":[]}]}' },
    { case: 'a member named __proto__ in escapes', text: '{"__pro\\u0074o__":1}' },
  ])('refuses $case, the complaint first', ({ text }) => {
    const error = thrownBy(() => parseJson(text, COMPLAINT));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toMatch(/^Error parsing json body: expected JSON, got something else \(/);
  });

  it('either gives a value or an InvalidRequestError with the complaint, whatever the text', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '1', 'null', '"a"', '__proto__');
    const texts = fc.oneof(
      anyText,
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseJson(text, COMPLAINT)).toEqual(JSON.parse(text));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          expect((error as Error).message.startsWith(COMPLAINT)).toBe(true);
        }
      }),
    );
  });
});
