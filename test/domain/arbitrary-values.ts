import fc from 'fast-check';
import { parseDatasetId, type TransferId, transferIdOf } from '../../functions/domain/ids.ts';

/** `length` lower-case hex digits. */
export function hexText(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
}

/** `<11 hex>-<12 hex>`: the part of a storage identifier that names the file on the collection. */
export const fileNames = fc
  .tuple(hexText(11), hexText(12))
  .map(([timePart, randomPart]) => `${timePart}-${randomPart}`);

/** Transfers of any dataset from 2004 to 2527, the years that need 11 hex digits of milliseconds. */
export const transferIds: fc.Arbitrary<TransferId> = fc
  .tuple(fc.integer({ min: 1 }), fc.integer({ min: 0x10000000000, max: 0xfffffffffff }))
  .map(([datasetId, epochMilliseconds]) => transferIdOf(parseDatasetId(datasetId), epochMilliseconds));

/** Characters that break what is not written with care: signs of URLs and JSON, line ends, controls, other scripts, an emoji. */
const oddCharacters = fc.constantFrom(...'"\\/&=+%#?;:@ \t\n\r\0\u2028äéß中ع', '😀', '\uFEFF');

/** Any text a JSON document can carry. (fast-check's own unit of all characters takes a second to set up.) */
export const anyText = fc.string({
  unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), oddCharacters),
});

/** One path segment that is neither empty nor a dot segment. */
export const pathSegments = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter((text) => !text.includes('/') && text !== '.' && text !== '..');
