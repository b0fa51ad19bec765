import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../../support/builders.ts';
import { type Check, expectAnswers, NOBODY, READER, STRANGER, WOULD_ACT } from '../../support/checks-of-dataverse.ts';
import { LOOKUPS } from '../../support/dataset-lookups.ts';
import { dataverseControl } from '../../support/stack-control.ts';
import { stackForChecks } from '../../support/stack-for-checks.ts';
import { WITH_PACKAGE, WITHOUT_GLOBUS } from '../../support/stack-with-more-datasets.ts';
import { call } from '../../support/upload-client.ts';

/** Each numbered check of dataverse-api.md 2.3. What only a real task can tell from a good report is in report-checks.test.ts. */
const stack = stackForChecks();

const _NO_ACCOUNT = 'Only authenticated users can perform the requested operation';
const NO_EDIT_RIGHT = "User doesn't have permission to upload to this dataset";
const NO_UPLOAD = 'File upload via Globus is not available for this installation of Dataverse.';
const NO_GLOBUS = 'File transfer to Dataverse via Globus is not available for this dataset.';

describe('addGlobusFiles', () => {
  const files = [{ storageIdentifier: 'globusm://18b3972213f-f6b5c2221423', fileName: 'a.txt' }];
  const form = { jsonData: JSON.stringify({ taskIdentifier: TASK, files }) };
  const PARSING = 'Error parsing json body';
  const NOT_GIVEN = /^storageIdentifier .* was not given out for this dataset\./;

  it.each<Check>([
    { check: '2.3.1', case: 'nobody', form, as: NOBODY, dataverse: [403, 'The API key is invalid.'] },
    { check: '2.3.1', case: 'an unknown key', form, as: STRANGER, dataverse: [401, 'Bad API key'] },
    ...LOOKUPS.map((lookup) => ({ check: '2.3.2', form, ...lookup })),
    { check: '2.3.4', case: 'a store without Globus', form, dataset: WITHOUT_GLOBUS, dataverse: [400, NO_GLOBUS] },
    {
      check: '2.3.6',
      case: 'no part jsonData',
      form: { other: 'x' },
      dataverse: [400, PARSING],
      here: [400, `${PARSING}: expected one part jsonData, got none.`],
    },
    {
      check: '2.3.6',
      case: 'text that is no JSON',
      form: { jsonData: 'no' },
      dataverse: [400, PARSING],
      here: [400, /^Error parsing json body: expected JSON/],
    },
    {
      check: '2.3.6',
      case: 'a list',
      form: { jsonData: '[]' },
      dataverse: [400, PARSING],
      here: [400, /^Error parsing json body: expected \{"taskIdentifier"/],
    },
    {
      check: '2.3.7',
      case: 'identifiers of no grant, before a package file',
      form,
      dataset: WITH_PACKAGE,
      dataverse: [403, 'File upload via HTTP disabled since this dataset already contains a package file.'],
      here: [400, NOT_GIVEN],
    },
    {
      check: '2.3, afterwards',
      case: 'who may not edit, whom Dataverse lets lock the dataset',
      form,
      as: READER,
      dataverse: WOULD_ACT,
      here: [403, NO_EDIT_RIGHT],
      documented: 'anyone could lock any dataset',
    },
    {
      check: '2.3, afterwards',
      case: 'identifiers of no grant',
      form,
      dataverse: WOULD_ACT,
      here: [400, NOT_GIVEN],
      documented: 'any well-formed identifier is accepted',
    },
    {
      check: '2.3, afterwards',
      case: 'no task',
      form: { jsonData: JSON.stringify({ files }) },
      dataverse: WOULD_ACT,
      here: [400, /taskIdentifier/],
    },
    {
      check: '2.3, afterwards',
      case: 'no files, with which Dataverse locks the dataset for good',
      form: { jsonData: JSON.stringify({ taskIdentifier: TASK, files: [] }) },
      dataverse: WOULD_ACT,
      here: [400, /at least one file/],
      documented: 'empty or missing `files`: 200 and a stuck lock',
    },
  ])('$check refuses $case', async (check) => {
    await expectAnswers(stack(), 'addGlobusFiles', check);
  });

  it.each([
    { lockType: 'Ingest', user: 'reader' },
    { lockType: 'EditInProgress', user: 'curator' },
  ])('2.3.5 looks at the body before a lock of type $lockType, which it leaves alone', async (lock) => {
    await dataverseControl(stack(), '/locks', { datasetId: 29, ...lock });
    const unlock = { method: 'DELETE', body: JSON.stringify({ datasetId: 29, lockType: lock.lockType }) };
    try {
      await expectAnswers(stack(), 'addGlobusFiles', {
        check: '2.3.5',
        case: lock.lockType,
        form,
        dataverse: [403, 'Dataset 29 is locked: Dataset cannot be edited due to dataset lock.'],
        here: [400, NOT_GIVEN],
        documented: 'locks are looked at before the body is parsed | the body first',
      });
    } finally {
      const removed = await call(`${stack().dataverseUrl}/_control/locks`, unlock);
      expect(removed.body).toMatchObject({ removed: 1 });
    }
  });
});

describe('an installation without uploads by Globus', () => {
  beforeAll(() => dataverseControl(stack(), '/settings', { name: ':UploadMethods', value: 'native/http' }));
  afterAll(() => dataverseControl(stack(), '/settings', { name: ':UploadMethods', value: 'native/http,globus' }));
  const NOT_ASKED = 'decide whether the calls are served (503) | not asked';
  const _order = { principal: PRINCIPAL, numberOfFiles: 0 };
  const form = { jsonData: JSON.stringify({ taskIdentifier: TASK, files: [] }) };

  it.each<Check & { readonly operation: string }>([
    {
      check: '2.3.3',
      case: 'goes on to the body, in a store of ours',
      operation: 'addGlobusFiles',
      form,
      dataverse: [503, NO_UPLOAD],
      here: [400, /at least one file/],
      documented: NOT_ASKED,
    },
    {
      check: '2.3.3',
      case: 'is told of by Dataverse, in other stores',
      operation: 'addGlobusFiles',
      form,
      dataset: 31,
      dataverse: [503, NO_UPLOAD],
    },
  ])('$check $operation $case', async ({ operation, ...check }) => {
    await expectAnswers(stack(), operation, check);
  });
});
