import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../functions/domain/errors.ts';
import { datasetReferenceOf } from '../../functions/http/dataset-reference.ts';
import { aRequest } from './requests.ts';

describe('the dataset that a request names', () => {
  it.each([
    { case: 'its database id', request: { id: '29' }, expected: { kind: 'database-id', datasetId: '29' } },
    {
      case: 'its database id, with a persistent id that nobody reads',
      request: { id: '29', query: 'persistentId=doi:10.5072/FK2/OTHER' },
      expected: { kind: 'database-id', datasetId: '29' },
    },
    {
      case: 'its persistent id',
      request: { id: ':persistentId', query: 'persistentId=doi:10.5072/FK2/ILLPXE' },
      expected: { kind: 'persistent-id', persistentId: 'doi:10.5072/FK2/ILLPXE' },
    },
    {
      case: 'its persistent id in escapes',
      request: { id: '%3ApersistentId', query: 'locale=en&persistentId=doi%3A10.5072%2FFK2%2FILLPXE' },
      expected: { kind: 'persistent-id', persistentId: 'doi:10.5072/FK2/ILLPXE' },
    },
  ])('is found by $case', ({ request, expected }) => {
    expect(datasetReferenceOf(aRequest(request))).toEqual(expected);
  });

  const WITHOUT_PERSISTENT_ID =
    'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';
  it.each([
    { case: 'a persistent id is announced and missing', request: { id: ':persistentId' }, said: WITHOUT_PERSISTENT_ID },
    {
      case: 'the persistent id is empty',
      request: { id: ':persistentId', query: 'persistentId=' },
      said: WITHOUT_PERSISTENT_ID,
    },
    {
      case: 'the parameter is written in another case',
      request: { id: ':persistentId', query: 'PersistentId=doi:10.5072/FK2/ILLPXE' },
      said: WITHOUT_PERSISTENT_ID,
    },
    { case: 'the id is a word', request: { id: 'abc' }, said: 'Bad dataset ID number: abc.' },
    {
      case: 'the id is a persistent one',
      request: { id: 'doi%3A10.5072' },
      said: 'Bad dataset ID number: doi:10.5072.',
    },
    { case: 'there is none', request: {}, said: 'Bad dataset ID number: .' },
  ])("is refused in Dataverse's words when $case", ({ request, said }) => {
    expect(() => datasetReferenceOf(aRequest(request))).toThrow(InvalidRequestError);
    expect(() => datasetReferenceOf(aRequest(request))).toThrow(said);
  });
});
