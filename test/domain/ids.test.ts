import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import {
  asUserName,
  datasetIdOf,
  parseCollectionId,
  parseDatasetId,
  parsePrincipalId,
  parseTaskId,
  parseTransferId,
  timePartOf,
  timePartOfTransfer,
  transferIdOf,
} from '../../functions/domain/ids.ts';
import { DATASET, PRINCIPAL, TRANSFER } from '../support/builders.ts';
import { transferIds } from './arbitrary-values.ts';
import { thrownBy } from './thrown-by.ts';

describe('a dataset id', () => {
  it.each([
    { case: 'decimal digits', given: '29', parsed: '29' },
    { case: 'a JSON number', given: 4242, parsed: '4242' },
    { case: 'one digit', given: '1', parsed: '1' },
    { case: '19 digits', given: '9223372036854775807', parsed: '9223372036854775807' },
  ])('is accepted as $case', ({ given, parsed }) => {
    expect(parseDatasetId(given)).toBe(parsed);
  });

  it.each([
    { case: 'a persistent id', given: 'doi:10.5072/FK2/ILLPXE', shown: 'doi:10.5072/FK2/ILLPXE' },
    { case: 'an empty text', given: '', shown: '' },
    { case: 'zero', given: '0', shown: '0' },
    { case: 'a leading zero', given: '029', shown: '029' },
    { case: 'a sign', given: '-29', shown: '-29' },
    { case: 'a fraction', given: 2.5, shown: '2.5' },
    { case: 'an exponent', given: 1e21, shown: '1e+21' },
    { case: 'no number', given: Number.NaN, shown: 'NaN' },
    { case: 'a line end after the digits', given: '29\n', shown: '29\n' },
    { case: 'digits of another script', given: '२९', shown: '२९' },
    { case: '20 digits', given: '12345678901234567890', shown: '12345678901234567890' },
    { case: 'nothing', given: undefined, shown: 'undefined' },
    { case: 'an object', given: { id: 29 }, shown: 'object' },
  ])("is refused in Dataverse's words as $case", ({ given, shown }) => {
    const error = thrownBy(() => parseDatasetId(given));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toBe(`Bad dataset ID number: ${shown}.`);
  });
});

const UUID_PARSERS = [
  { case: 'a task id', parse: parseTaskId, named: 'taskIdentifier' },
  { case: 'a principal', parse: parsePrincipalId, named: 'principal' },
  { case: 'a collection id', parse: parseCollectionId, named: 'collection' },
];

describe.each(UUID_PARSERS)('$case', ({ parse, named }) => {
  it('is a UUID, kept in lower case', () => {
    expect(parse(PRINCIPAL)).toBe(PRINCIPAL);
    expect(parse(PRINCIPAL.toUpperCase())).toBe(PRINCIPAL);
  });

  it.each([
    { case: 'a group of Globus', given: 'all_authenticated_users', shown: '"all_authenticated_users"' },
    { case: 'a UUID as a URN', given: `urn:uuid:${PRINCIPAL}`, shown: `"urn:uuid:${PRINCIPAL}"` },
    {
      case: 'a UUID without dashes',
      given: PRINCIPAL.replaceAll('-', ''),
      shown: `"${PRINCIPAL.replaceAll('-', '')}"`,
    },
    { case: 'a UUID with a blank', given: ` ${PRINCIPAL}`, shown: `" ${PRINCIPAL}"` },
    { case: 'a UUID with a line end', given: `${PRINCIPAL}\n`, shown: JSON.stringify(`${PRINCIPAL}\n`) },
    { case: 'a UUID with a path', given: `${PRINCIPAL}/../x`, shown: `"${PRINCIPAL}/../x"` },
    { case: 'a number', given: 12, shown: 'number' },
    { case: 'null', given: null, shown: 'object' },
    { case: 'nothing', given: undefined, shown: 'nothing' },
    { case: 'a very long text, shortened', given: 'x'.repeat(5_000), shown: `"${'x'.repeat(80)}"` },
  ])('is refused as $case, by its name', ({ given, shown }) => {
    const error = thrownBy(() => parse(given));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toBe(`${named}: expected a UUID, got ${shown}`);
  });
});

describe('a transfer id', () => {
  it('is built from the dataset and eleven hex digits of milliseconds', () => {
    expect(transferIdOf(DATASET, 0x18b49d3688c)).toBe(TRANSFER);
    expect(timePartOf(1)).toBe('00000000001');
  });

  it('gives back its dataset and its time part, whatever they are', () => {
    fc.assert(
      fc.property(transferIds, (transferId) => {
        const parsed = parseTransferId(transferId);
        const epochMilliseconds = Number.parseInt(timePartOfTransfer(parsed), 16);
        expect(transferIdOf(datasetIdOf(parsed), epochMilliseconds)).toBe(transferId);
      }),
    );
  });

  it.each([
    { case: 'without a dataset', given: '-18b49d3688c' },
    { case: 'without a time', given: '29-' },
    { case: 'with upper-case digits', given: '29-18B49D3688C' },
    { case: 'with ten digits', given: '29-18b49d3688' },
    { case: 'with twelve digits', given: '29-18b49d3688c0' },
    { case: 'with the number of an execution', given: '29-18b49d3688c-1' },
    { case: 'of dataset zero', given: '0-18b49d3688c' },
    { case: 'that is the key of a claim', given: 'task#3f530302-6c48-11ee-8428-378be0d9c521' },
    { case: 'that is no text', given: 29 },
  ])('is refused $case', ({ given }) => {
    const error = thrownBy(() => parseTransferId(given));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error.message).toMatch(/^transferId: expected <datasetId>-<11 hex digits>, got /);
  });
});

describe('a user name', () => {
  it.each([
    { case: 'as in a lock', given: 'curator', name: 'curator' },
    { case: 'as in a message', given: '@curator', name: 'curator' },
    { case: 'that is an e-mail address', given: 'curator@example.edu', name: 'curator@example.edu' },
  ])('is taken $case', ({ given, name }) => {
    expect(asUserName(given)).toBe(name);
  });
});
