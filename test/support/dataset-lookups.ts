import type { Said } from './checks-of-dataverse.ts';

const NO_PERSISTENT_ID =
  'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';

/** Ways to name a dataset that is not there, with Dataverse's words on each (dataverse-api.md 1.2). */
export const LOOKUPS: readonly {
  readonly case: string;
  readonly dataset: string | number;
  readonly query?: string;
  readonly dataverse: Said;
}[] = [
  { case: 'an id that is no number', dataset: 'abc', dataverse: [400, 'Bad dataset ID number: abc.'] },
  { case: 'a number that is unknown', dataset: 4242, dataverse: [404, 'Dataset with ID 4242 not found.'] },
  {
    case: 'a number beyond all bounds',
    dataset: '99999999999999999999',
    dataverse: [400, 'Bad dataset ID number: 99999999999999999999.'],
  },
  { case: ':persistentId without one', dataset: ':persistentId', dataverse: [400, NO_PERSISTENT_ID] },
  {
    case: 'a persistent id that is none',
    dataset: ':persistentId',
    query: '?persistentId=nonsense',
    dataverse: [400, 'Bad dataset ID number: nonsense.'],
  },
  {
    case: 'a persistent id that is unknown',
    dataset: ':persistentId',
    query: '?persistentId=doi:10.5072/FK2/NOSUCH',
    dataverse: [404, NO_PERSISTENT_ID],
  },
];
