import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../../support/builders.ts';
import {
  ask,
  type Check,
  CURATOR,
  expectAnswers,
  NOBODY,
  READER,
  STRANGER,
  THREW,
  WOULD_ACT,
} from '../../support/checks-of-dataverse.ts';
import { LOOKUPS } from '../../support/dataset-lookups.ts';
import { dataverseControl } from '../../support/stack-control.ts';
import { stackForChecks } from '../../support/stack-for-checks.ts';
import { WITHOUT_GLOBUS } from '../../support/stack-with-more-datasets.ts';

/** Each numbered check of dataverse-api.md 2.5 and 2.7. */
const stack = stackForChecks();

const PUBLISHED = 30;
const NO_LIST = 'List of files to transfer not found.';
const NO_DOWNLOAD = 'File transfer from Dataverse via Globus is not available for this dataset.';
const UNKNOWN_LAUNCH = '?downloadId=00000000-0000-4000-8000-000000000001';

describe('globusDownloadParameters', () => {
  it.each<Check>([
    { check: '2.5.1', case: 'an unknown key', as: STRANGER, dataset: PUBLISHED, dataverse: [401, 'Bad API key'] },
    {
      check: '2.5.1',
      case: 'an unknown key, after an id that is no number',
      as: STRANGER,
      dataset: 'abc',
      dataverse: [401, 'Bad API key'],
      here: [400, 'Bad dataset ID number: abc.'],
    },
    ...LOOKUPS.map((lookup) => ({ check: '2.5.2', as: NOBODY, ...lookup })),
    { check: '2.5.3', case: 'a store without Globus', dataset: WITHOUT_GLOBUS, dataverse: [400, NO_DOWNLOAD] },
    {
      check: '2.5.4',
      case: 'a launch that nobody knows',
      dataset: PUBLISHED,
      query: UNKNOWN_LAUNCH,
      dataverse: [404, NO_LIST],
    },
    {
      check: '2.5.4',
      case: 'a launch whose id is none, to a guest',
      as: NOBODY,
      dataset: PUBLISHED,
      query: '?downloadId=..%2f..',
      dataverse: [404, NO_LIST],
    },
    {
      check: '2.5.4',
      case: 'no launch, of a draft that the caller may not see',
      as: READER,
      dataverse: THREW,
      here: [401, 'User @reader is not permitted to perform requested action.'],
      documented: '500 without `downloadId`',
    },
  ])('$check refuses $case', async (check) => {
    await expectAnswers(stack(), 'globusDownloadParameters', check);
  });

  it('2.5.4 without a launch tell what the caller may have, where Dataverse throws', async () => {
    const asked = { as: NOBODY, dataset: PUBLISHED };
    expect((await ask(stack().dataverseUrl, 'globusDownloadParameters', asked)).status).toBe(500);
    const here = await ask(stack().apiUrl, 'globusDownloadParameters', asked);
    expect([here.status, Object.keys(here.body.data.queryParameters.files)]).toEqual([200, ['60', '61']]);
  });
});

describe('monitorGlobusDownload', () => {
  const json = { taskIdentifier: TASK };
  const PARSING = /^Error parsing json body: expected /;
  const ANY_TASK = 'any task id, by anybody, for any dataset: 200';
  const NO_GRANT = /^There is no download of this dataset that waits for a task\./;

  it.each<Check>([
    { check: '2.7', case: 'an unknown key', json, as: STRANGER, dataverse: [401, 'Bad API key'] },
    ...LOOKUPS.map((lookup) => ({ check: '2.7, dataset', json, as: NOBODY, ...lookup })),
    {
      check: '2.7',
      case: 'malformed JSON',
      json: '{"taskIdentifier":',
      dataverse: WOULD_ACT,
      here: [400, PARSING],
      documented: ANY_TASK,
    },
    { check: '2.7', case: 'no task', json: {}, dataverse: WOULD_ACT, here: [400, PARSING], documented: ANY_TASK },
    {
      check: '2.7',
      case: 'a task that is no UUID',
      json: { taskIdentifier: 'mine' },
      dataverse: WOULD_ACT,
      here: [400, 'taskIdentifier: expected a UUID, got "mine"'],
      documented: ANY_TASK,
    },
    {
      check: '2.7',
      case: 'a task without a download',
      json,
      as: CURATOR,
      dataverse: WOULD_ACT,
      here: [404, NO_GRANT],
      documented: ANY_TASK,
    },
    {
      check: '2.7',
      case: 'a task of a guest without a download',
      json,
      as: NOBODY,
      dataverse: WOULD_ACT,
      here: [404, NO_GRANT],
      documented: ANY_TASK,
    },
  ])('$check refuses $case', async (check) => {
    await expectAnswers(stack(), 'monitorGlobusDownload', { dataset: PUBLISHED, ...check });
  });
});

describe('an installation without downloads by Globus', () => {
  beforeAll(() => dataverseControl(stack(), '/settings', { name: ':DownloadMethods', value: 'native/http' }));
  afterAll(() => dataverseControl(stack(), '/settings', { name: ':DownloadMethods', value: 'native/http,globus' }));
  const _requested = { principal: PRINCIPAL, fileIds: [4711] };

  it.each<Check & { readonly operation: string }>([
    {
      check: '2.7',
      case: 'goes on to the grant, in a store of ours',
      operation: 'monitorGlobusDownload',
      json: { taskIdentifier: TASK },
      dataset: PUBLISHED,
      dataverse: [503, NO_DOWNLOAD],
      here: [404, /^There is no download of this dataset/],
      documented: 'decide whether the calls are served (503) | not asked',
    },
    {
      check: '2.7',
      case: 'is told of by Dataverse, in other stores',
      operation: 'monitorGlobusDownload',
      json: { taskIdentifier: TASK },
      dataset: 31,
      dataverse: [503, NO_DOWNLOAD],
    },
  ])('$check $operation $case', async ({ operation, ...check }) => {
    await expectAnswers(stack(), operation, check);
  });
});
