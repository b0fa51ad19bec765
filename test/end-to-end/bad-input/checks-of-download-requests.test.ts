import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL } from '../../support/builders.ts';
import {
  ask,
  type Check,
  expectAnswers,
  NOBODY,
  READER,
  STRANGER,
  THREW,
  WOULD_ACT,
} from '../../support/checks-of-dataverse.ts';
import { LOOKUPS } from '../../support/dataset-lookups.ts';
import { clearFaults, dataverseControl, globusControl } from '../../support/stack-control.ts';
import { stackForChecks } from '../../support/stack-for-checks.ts';
import { DRAFT_FILE, WITH_PACKAGE } from '../../support/stack-with-more-datasets.ts';

/** Each numbered check of dataverse-api.md 2.6. */
const stack = stackForChecks();

const PUBLISHED = 30;
const NO_LIST = 'List of files to transfer not found.';
const NO_DOWNLOAD = 'File transfer from Dataverse via Globus is not available for this dataset.';
const UNKNOWN_LAUNCH = '?downloadId=00000000-0000-4000-8000-000000000001';

describe('requestGlobusDownload', () => {
  const order = (fileIds: unknown) => ({ principal: PRINCIPAL, fileIds });
  const PERMISSION = (fileId: number) => `User doesn't have permission to download file: ${fileId}`;
  /** Refused at the last check, so that no row gives anything. */
  const NO_FILE = { json: order([4711]) };

  it.each<Check>([
    { check: '2.6.2', case: 'an unknown key', ...NO_FILE, as: STRANGER, dataverse: [401, 'Bad API key'] },
    {
      check: '2.6.2',
      case: 'an unknown key, before a dataset that is unknown',
      ...NO_FILE,
      as: STRANGER,
      dataset: 4242,
      dataverse: [401, 'Bad API key'],
    },
    ...LOOKUPS.map((lookup) => ({ check: '2.6.2', ...NO_FILE, as: NOBODY, ...lookup })),
    {
      check: '2.6.3',
      case: 'malformed JSON',
      json: '{"fileIds":',
      dataverse: THREW,
      here: [400, /^Error parsing json body: expected JSON/],
      documented: 'malformed JSON is often a 500',
    },
    {
      check: '2.6.3',
      case: 'a list',
      json: [],
      dataverse: THREW,
      here: [400, /^Error parsing json body: expected \{"principal"/],
      documented: 'malformed JSON is often a 500',
    },
    {
      check: '2.6.4',
      case: 'no fileIds',
      json: { principal: PRINCIPAL },
      dataverse: [400, 'fileIds JsonArray of file ids/PIDs required in POST body'],
    },
    {
      check: '2.6.4',
      case: 'fileIds that are no list',
      json: order('60'),
      dataverse: [400, 'fileIds JsonArray of file ids/PIDs required in POST body'],
    },
    {
      check: '2.6.4',
      case: 'an object for a file',
      json: order([60, {}]),
      dataverse: [400, 'fileIds must be numeric or string (ids/PIDs)'],
    },
    { check: '2.6.4', case: 'a word', json: order(['abc']), dataverse: [400, 'Bad file ID number: abc.'] },
    { check: '2.6.4', case: 'a fraction', json: order([60.5]), dataverse: [400, 'Bad file ID number: 60.5.'] },
    {
      check: '2.6.4',
      case: 'a persistent id that is unknown, where Dataverse reads none',
      json: order(['doi:10.5072/FK2/7U7YBV/X']),
      dataverse: [400, 'Bad file ID number: doi:10.5072/FK2/7U7YBV/X.'],
      here: [404, 'Datafile with Persistent ID doi:10.5072/FK2/7U7YBV/X not found.'],
      documented: 'persistent ids are refused as bad numbers (C7)',
    },
    {
      check: '2.6.4',
      case: 'a launch that nobody knows',
      query: UNKNOWN_LAUNCH,
      json: order([60]),
      dataverse: THREW,
      here: [404, NO_LIST],
    },
    {
      check: '2.6.4',
      case: 'more files than one request may ask for',
      json: order(Array.from({ length: 10_001 }, (_, index) => index + 100)),
      dataverse: [404, 'File with ID 100 not found.'],
      here: [400, /^fileIds: 10001 files are more than the 10000 .*Ask several times/],
      documented: 'no limit of files',
    },
    { check: '2.6.5', case: 'an empty list', json: order([]), dataverse: [404, NO_LIST] },
    { check: '2.6.6', case: 'an unknown file', ...NO_FILE, dataverse: [404, 'File with ID 4711 not found.'] },
    {
      check: '2.6.6',
      case: 'an unknown file beside a good one',
      json: order([60, 4711]),
      dataverse: [404, 'File with ID 4711 not found.'],
    },
    {
      check: '2.6.6',
      case: 'a file of another dataset',
      json: order([DRAFT_FILE]),
      dataverse: [400, 'All files must be in the dataset'],
    },
    {
      check: '2.6.6',
      case: 'a file of the draft, to who may not see it',
      dataset: WITH_PACKAGE,
      as: READER,
      json: order([DRAFT_FILE]),
      dataverse: [403, PERMISSION(DRAFT_FILE)],
    },
    {
      check: '2.6.6',
      case: 'a file of the draft, to a guest',
      dataset: WITH_PACKAGE,
      as: NOBODY,
      json: order([DRAFT_FILE]),
      dataverse: [403, PERMISSION(DRAFT_FILE)],
    },
    {
      check: '2.6.7',
      case: 'no principal',
      json: { fileIds: [60] },
      dataverse: THREW,
      here: [400, 'principal: expected a UUID, got nothing'],
      documented: 'missing `principal` is a 500',
    },
    {
      check: '2.6.7',
      case: 'a principal that is no UUID',
      json: { principal: 'me', fileIds: [60] },
      dataverse: WOULD_ACT,
      here: [400, 'principal: expected a UUID, got "me"'],
      documented: '400 unless it is a UUID',
    },
  ])('$check refuses $case', async (check) => {
    await expectAnswers(stack(), 'requestGlobusDownload', { dataset: PUBLISHED, ...check });
  });

  describe('of a file that has become', () => {
    const open = { restricted: false, embargo: null, retention: null };
    afterEach(() => dataverseControl(stack(), '/files/60', open));

    it.each([
      { what: 'restricted', changes: { restricted: true }, dataverse: [403, PERMISSION(60)] as const },
      {
        what: 'embargoed, which Dataverse gives to everybody',
        changes: { embargo: { dateAvailable: '2999-01-01' } },
        dataverse: WOULD_ACT,
      },
      {
        what: 'retention-expired, which Dataverse gives to everybody',
        changes: { retention: { dateUnavailable: '2020-01-01' } },
        dataverse: WOULD_ACT,
      },
    ])('2.6.6 $what, is refused', async ({ what, changes, dataverse }) => {
      await dataverseControl(stack(), '/files/60', changes);
      await expectAnswers(stack(), 'requestGlobusDownload', {
        check: '2.6.6',
        case: what,
        dataset: PUBLISHED,
        as: READER,
        json: order([60]),
        dataverse,
        here: [403, PERMISSION(60)],
        documented: 'an embargoed file is given to everybody, one past its retention too',
      });
    });
  });

  describe('when Globus refuses', () => {
    afterEach(() => clearFaults(stack()));

    it.each([
      { case: 'the rule with 400', status: 400, code: 'BadRequest', answer: 502 },
      { case: 'the rule with 500', status: 500, code: 'InternalError', answer: 503 },
      { case: 'the rule for want of room', status: 409, code: 'LimitExceeded', answer: 503 },
    ])('2.6.7 $case, the answer is $answer and nothing is left', async ({ status, code, answer }) => {
      const reply = { status, body: { code, message: 'No.' } };
      await globusControl(stack(), '/faults', { method: 'POST', match: '/access$', kind: 'reply', times: null, reply });
      const refused = await ask(stack().apiUrl, 'requestGlobusDownload', { dataset: PUBLISHED, json: order([60]) });
      expect([refused.status, refused.body.status], JSON.stringify(refused.body)).toEqual([answer, 'ERROR']);
    });
  });
});

describe('an installation without downloads by Globus', () => {
  beforeAll(() => dataverseControl(stack(), '/settings', { name: ':DownloadMethods', value: 'native/http' }));
  afterAll(() => dataverseControl(stack(), '/settings', { name: ':DownloadMethods', value: 'native/http,globus' }));
  const requested = { principal: PRINCIPAL, fileIds: [4711] };

  it.each<Check & { readonly operation: string }>([
    {
      check: '2.6.1',
      case: 'goes on to the files, in a store of ours',
      operation: 'requestGlobusDownload',
      json: requested,
      dataset: PUBLISHED,
      dataverse: [503, NO_DOWNLOAD],
      here: [404, 'File with ID 4711 not found.'],
      documented: 'decide whether the calls are served (503) | not asked',
    },
    {
      check: '2.6.1',
      case: 'is told of by Dataverse, in other stores',
      operation: 'requestGlobusDownload',
      json: requested,
      dataset: 31,
      dataverse: [503, NO_DOWNLOAD],
    },
  ])('$check $operation $case', async ({ operation, ...check }) => {
    await expectAnswers(stack(), operation, check);
  });
});
