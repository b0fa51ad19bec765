import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, PRINCIPAL, TASK } from '../../support/builders.ts';
import {
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
import { WITHOUT_GLOBUS } from '../../support/stack-with-more-datasets.ts';
import { requestPaths } from '../../support/upload-client.ts';

/** Each numbered check of dataverse-api.md 2.1 and 2.2. Paths of references are in references.test.ts. */
const stack = stackForChecks();

const NO_ACCOUNT = 'Only authenticated users can perform the requested operation';
const NO_EDIT_RIGHT = "User doesn't have permission to upload to this dataset";
const NO_UPLOAD = 'File upload via Globus is not available for this installation of Dataverse.';
const NO_GLOBUS = 'File transfer to Dataverse via Globus is not available for this dataset.';

describe('globusUploadParameters', () => {
  it.each<Check>([
    { check: '2.1.1', case: 'nobody', as: NOBODY, dataverse: [401, NO_ACCOUNT] },
    { check: '2.1.1', case: 'an unknown key', as: STRANGER, dataverse: [401, 'Bad API key'] },
    { check: '2.1.1', case: 'nobody, before any dataset', as: NOBODY, dataset: 'abc', dataverse: [401, NO_ACCOUNT] },
    ...LOOKUPS.map((lookup) => ({ check: '2.1.2', ...lookup })),
    { check: '2.1.3', case: 'a store without Globus', dataset: WITHOUT_GLOBUS, dataverse: [400, NO_GLOBUS] },
  ])('$check refuses $case as Dataverse does', async (check) => {
    await expectAnswers(stack(), 'globusUploadParameters', check);
  });
});

describe('requestGlobusUploadPaths', () => {
  /** Passes every check up to the last one, so that no row gives anything. */
  const NONE = { principal: PRINCIPAL, numberOfFiles: 0 };
  const MEMBERS = 'Error retrieving principal and numberOfFiles from JSON request body';
  const WITH_REASON = new RegExp(`^${MEMBERS}: expected `);

  it.each<Check>([
    { check: '2.2.2', case: 'nobody', json: NONE, as: NOBODY, dataverse: [401, NO_ACCOUNT] },
    { check: '2.2.2', case: 'an unknown key', json: NONE, as: STRANGER, dataverse: [401, 'Bad API key'] },
    {
      check: '2.2.2',
      case: 'nobody, before the dataset',
      json: NONE,
      as: NOBODY,
      dataset: 4242,
      dataverse: [401, NO_ACCOUNT],
    },
    {
      check: '2.2.2',
      case: 'nobody, after an id that is no number',
      json: NONE,
      as: NOBODY,
      dataset: 'abc',
      dataverse: [401, NO_ACCOUNT],
      here: [400, 'Bad dataset ID number: abc.'],
      documented: 'a malformed id is a 400 before the key is looked at',
    },
    ...LOOKUPS.map((lookup) => ({ check: '2.2.3', json: NONE, ...lookup })),
    { check: '2.2.4', case: 'who may not edit', json: NONE, as: READER, dataverse: [403, NO_EDIT_RIGHT] },
    {
      check: '2.2.5',
      case: 'malformed JSON',
      json: '{"principal":',
      dataverse: THREW,
      here: [400, WITH_REASON],
      documented: 'malformed JSON is often a 500',
    },
    {
      check: '2.2.6',
      case: 'a store without Globus, which is taken for one of references',
      json: NONE,
      dataset: WITHOUT_GLOBUS,
      dataverse: [400, 'No referencedFiles specified'],
    },
    {
      check: '2.2.6',
      case: 'references in a store without Globus, by an exception’s own words',
      json: { referencedFiles: [`${COLLECTION}/hdc1/test1.txt`] },
      dataset: WITHOUT_GLOBUS,
      dataverse: [400, 'Cannot read the array length because "endpointsWithPaths" is null'],
    },
    ...[
      { case: 'no principal', json: { numberOfFiles: 1 } },
      { case: 'a principal that is a number', json: { principal: 7, numberOfFiles: 1 } },
      { case: 'no numberOfFiles', json: { principal: PRINCIPAL } },
      { case: 'a numberOfFiles in text', json: { principal: PRINCIPAL, numberOfFiles: '2' } },
    ].map((row) => ({
      check: '2.2, managed',
      ...row,
      dataverse: [400, MEMBERS] as const,
      here: [400, WITH_REASON] as const,
    })),
    { check: '2.2, managed', case: 'no files', json: NONE, dataverse: [400, 'numberOfFiles must be positive'] },
    {
      check: '2.2, managed',
      case: 'fewer than no files',
      json: { ...NONE, numberOfFiles: -1 },
      dataverse: [400, 'numberOfFiles must be positive'],
    },
    {
      check: '2.2, managed',
      case: 'a fraction, which Dataverse cuts',
      json: { ...NONE, numberOfFiles: 1.5 },
      dataverse: WOULD_ACT,
      here: [400, /numberOfFiles/],
      documented: 'fractions are cut',
    },
    {
      check: '2.2, managed',
      case: 'more files than can be told, for which Dataverse has no bound',
      json: { ...NONE, numberOfFiles: 2 ** 31 },
      dataverse: WOULD_ACT,
      here: [400, /^numberOfFiles: 2147483648 is more than the 10000 .*Ask several times/],
      documented: 'no upper bound on `numberOfFiles`',
    },
    {
      check: '2.2, managed',
      case: 'a principal that Globus would have to refuse',
      json: { principal: 'researcher', numberOfFiles: 1 },
      dataverse: WOULD_ACT,
      here: [400, 'principal: expected a UUID, got "researcher"'],
      documented: '400 unless it is a UUID',
    },
  ])('$check refuses $case', async (check) => {
    await expectAnswers(stack(), 'requestGlobusUploadPaths', check);
  });

  describe('when Globus refuses', () => {
    afterEach(() => clearFaults(stack()));

    it.each([
      { case: 'the rule with 400', match: '/access$', status: 400, code: 'BadRequest', answer: 502 },
      { case: 'the rule with 403', match: '/access$', status: 403, code: 'PermissionDenied', answer: 502 },
      { case: 'the rule with 500', match: '/access$', status: 500, code: 'InternalError', answer: 503 },
      { case: 'a directory with 400', match: '/mkdir$', status: 400, code: 'BadRequest', answer: 502 },
      { case: 'a directory with another 502', match: '/mkdir$', status: 502, code: 'EndpointError', answer: 503 },
      { case: 'the token', match: '/oauth2/token', status: 401, code: 'invalid_client', answer: 502 },
    ])('$case, the answer is $answer and nothing is left', async ({ match, status, code, answer }) => {
      if (match === '/oauth2/token') await globusControl(stack(), '/token-expiry');
      const reply = { status, body: { code, message: 'No.', error: code } };
      await globusControl(stack(), '/faults', { method: 'POST', match, kind: 'reply', times: null, reply });
      const refused = await requestPaths(stack(), 1);
      expect([refused.status, refused.body.status], JSON.stringify(refused.body)).toEqual([answer, 'ERROR']);
    });
  });
});

describe('an installation without uploads by Globus', () => {
  beforeAll(() => dataverseControl(stack(), '/settings', { name: ':UploadMethods', value: 'native/http' }));
  afterAll(() => dataverseControl(stack(), '/settings', { name: ':UploadMethods', value: 'native/http,globus' }));
  const NOT_ASKED = 'decide whether the calls are served (503) | not asked';
  const order = { principal: PRINCIPAL, numberOfFiles: 0 };
  const _form = { jsonData: JSON.stringify({ taskIdentifier: TASK, files: [] }) };

  it.each<Check & { readonly operation: string }>([
    {
      check: '2.2.1',
      case: 'goes on to who calls, in a store of ours',
      operation: 'requestGlobusUploadPaths',
      json: order,
      as: NOBODY,
      dataverse: [503, NO_UPLOAD],
      here: [401, NO_ACCOUNT],
      documented: NOT_ASKED,
    },
    {
      check: '2.2.1',
      case: 'is told of by Dataverse, in other stores',
      operation: 'requestGlobusUploadPaths',
      json: order,
      dataset: 31,
      dataverse: [503, NO_UPLOAD],
    },
  ])('$check $operation $case', async ({ operation, ...check }) => {
    await expectAnswers(stack(), operation, check);
  });
});
