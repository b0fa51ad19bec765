import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskId, TransferId } from '../../functions/domain/ids.ts';
import { COLLECTION, DATASET, PATH, PRINCIPAL, SOURCE_COLLECTION, TASK } from '../support/builders.ts';
import { dataverseControl, globusControl, setSpeed, shiftClock, transferOf } from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  CURATOR_KEY,
  call,
  datasetUrl,
  type GrantedFile,
  grantFiles,
  grantOne,
  type JsonReply,
  listFiles,
  listLocks,
  listRules,
  postReport,
  putSourceFile,
  READER_KEY,
  RESEARCHER,
  SECOND_RESEARCHER,
  SERVICE_KEY,
  submit,
  submitOthersTask,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed } from '../support/uploads.ts';

let stack: StackInProcess;
/** The grant that every bad report is made for, with a task of it that would do. */
let granted: readonly GrantedFile[];
let goodTask: string;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '3000' });
  // At one byte a second no task is done before it is paused, however late that comes.
  await putSourceFile(stack, '/checks/a.txt', 'a'.repeat(600));
  await putSourceFile(stack, '/checks/b.txt', 'b'.repeat(600));
  await setSpeed(stack, 1);
});
afterAll(() => stack?.remove());

const identifiers = (of: readonly GrantedFile[]) => of.map((file) => file.identifier);

async function pausedUpload(to: readonly GrantedFile[], changes: object = {}): Promise<string> {
  const sources = ['/checks/a.txt', '/checks/b.txt'];
  const pairs = to.map((file, index) => [sources[index] ?? '', file.path] as const);
  const taskId = await submitTransfer(stack, pairs, changes);
  await globusControl(stack, `/tasks/${taskId}/pause`);
  return taskId;
}

function send(jsonData: unknown, key: string | null = CURATOR_KEY, persistentId?: string): Promise<JsonReply> {
  const headers: Record<string, string> = key === null ? {} : { 'X-Dataverse-key': key };
  return postReport(datasetUrl(stack, 'addGlobusFiles', persistentId), jsonData, headers);
}

function reportOf(taskIdentifier: string, given: readonly (string | undefined)[] = identifiers(granted)) {
  const files = given.map((storageIdentifier, index) => ({ storageIdentifier, fileName: `file${index}.txt` }));
  return { taskIdentifier, files };
}

/** No lock of any kind, no claim, and a header that has never heard of a report. */
async function expectNothingRecorded(taskId: string = goodTask): Promise<void> {
  expect(await listLocks(stack)).toEqual([]);
  expect(await stack.stores.locks.read(DATASET)).toBeUndefined();
  expect(await stack.stores.claims.read(taskId as TaskId)).toBeUndefined();
  const header = await stack.stores.transfers.read(transferOf(granted[0]?.identifier ?? '') as TransferId);
  expect(header).toMatchObject({ state: 'GRANTED', report: null, bound: null, takenBy: null });
  const rules = (await listRules(stack)).filter((rule) => rule.path === PATH && rule.principal === PRINCIPAL);
  expect(rules).toMatchObject([{ permissions: 'rw' }]);
}

describe('a report that cannot be accepted leaves no lock and no record, and its grant usable', () => {
  let oldTask: string;

  beforeAll(async () => {
    // Older than the grant by more than the minute that clocks may differ.
    oldTask = await submitTransfer(stack, [['/checks/a.txt', '/hdc1/10.5072/FK2/ILLPXE/early']]);
    await globusControl(stack, `/tasks/${oldTask}/pause`);
    await shiftClock(stack, 120);
    granted = await grantFiles(stack, 2);
    goodTask = await pausedUpload(granted);
  });
  it.each([
    {
      case: 'a task that Globus does not know',
      task: async () => TASK as string,
      status: 404,
      message: /Globus has no task .*repeat the report if it is correct/,
    },
    {
      case: "another user's task",
      task: async () => {
        const taskId = await submitOthersTask(stack);
        // A new one is asked about again for some nine seconds, since lists may lag.
        await shiftClock(stack, 12);
        return taskId;
      },
      status: 403,
      message: /does not belong to the Globus identity/,
    },
    {
      case: 'a delete task',
      task: () =>
        submit(stack, 'delete', {
          endpoint: COLLECTION,
          recursive: false,
          DATA: [{ DATA_TYPE: 'delete_item', path: granted[0]?.path }],
        }),
      status: 403,
      message: /it is not a transfer/,
    },
    {
      case: 'a task on another collection',
      task: () =>
        pausedUpload([{ identifier: '', path: '/checks/copy.txt' }], { destination_endpoint: SOURCE_COLLECTION }),
      status: 403,
      message: /./,
    },
    {
      case: 'a task in the other direction',
      task: () =>
        submitTransfer(stack, [['/hdc1/test1.txt', '/checks/down.txt']], {
          source_endpoint: COLLECTION,
          destination_endpoint: SOURCE_COLLECTION,
        }),
      status: 403,
      message: /its destination is not the dataset's collection/,
    },
    {
      case: 'a task submitted before the paths were asked for',
      task: async () => oldTask,
      status: 403,
      message: /it was submitted before the paths were requested/,
    },
  ])('answers $status to $case', async ({ task, status, message }) => {
    const taskId = await task();
    const reply = await send(reportOf(taskId));
    expect([reply.status, reply.body.status]).toEqual([status, 'ERROR']);
    expect(reply.body.message).toMatch(message);
    await expectNothingRecorded(taskId);
  });

  it.each([
    { case: 'never minted', given: async () => ['globusm://18b3972213f-f6b5c2221423'], status: 400 },
    {
      case: 'of this grant but for their last letter',
      given: async () => [(granted[0]?.identifier ?? '').replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
      status: 400,
    },
    {
      case: 'minted for another dataset',
      given: async () => {
        const url = datasetUrl(stack, 'requestGlobusUploadPaths', 'doi:10.5072/FK2/7U7YBV');
        const headers = { 'content-type': 'application/json', 'X-Dataverse-key': CURATOR_KEY };
        const order = JSON.stringify({ principal: SECOND_RESEARCHER.id, numberOfFiles: 1 });
        const other = await call(url, { method: 'POST', headers, body: order });
        expect(other.status).toBe(200);
        return Object.keys(other.body.data);
      },
      status: 400,
    },
    {
      case: 'of another store',
      given: async () => identifiers(granted).map((each) => each.replace('globusm://', 's3g://dv-bucket:')),
      status: 400,
    },
    {
      case: 'of another grant beside those of this one',
      given: async () => [granted[0]?.identifier, (await grantOne(stack)).identifier],
      status: 400,
    },
    {
      case: "of somebody else's grant",
      given: async () => {
        const url = datasetUrl(stack, 'requestGlobusUploadPaths');
        const headers = { 'content-type': 'application/json', 'X-Dataverse-key': SERVICE_KEY };
        const order = JSON.stringify({ principal: RESEARCHER.id, numberOfFiles: 1 });
        return Object.keys((await call(url, { method: 'POST', headers, body: order })).body.data);
      },
      status: 403,
    },
    { case: 'malformed', given: async () => ['globusm://../../etc/passwd'], status: 400 },
    {
      case: 'with upper-case letters',
      given: async () => identifiers(granted).map((each) => each.toUpperCase()),
      status: 400,
    },
    { case: 'missing', given: async () => [undefined], status: 400 },
    { case: 'given twice', given: async () => [granted[0]?.identifier, granted[0]?.identifier], status: 400 },
  ])('answers $status to identifiers $case', async ({ given, status }) => {
    const reply = await send(reportOf(goodTask, await given()));
    expect([reply.status, reply.body.status], JSON.stringify(reply.body)).toEqual([status, 'ERROR']);
    await expectNothingRecorded();
  });

  it.each([
    { case: 'an empty file list', jsonData: () => ({ taskIdentifier: goodTask, files: [] }), status: 400 },
    { case: 'no file list', jsonData: () => ({ taskIdentifier: goodTask }), status: 400 },
    { case: 'no task', jsonData: () => ({ files: reportOf(goodTask).files }), status: 400 },
    { case: 'text that is no JSON', jsonData: () => '{"taskIdentifier":', status: 400 },
    { case: 'a reader without edit right', jsonData: () => reportOf(goodTask), status: 403, key: READER_KEY },
    { case: 'nobody', jsonData: () => reportOf(goodTask), status: 403, key: null },
    { case: 'an unknown key', jsonData: () => reportOf(goodTask), status: 401, key: 'unknown' },
    {
      case: 'a body that is too large',
      jsonData: () => JSON.stringify({ ...reportOf(goodTask), padding: 'x'.repeat(4_500_001) }),
      status: 413,
    },
  ])('answers $status to $case', async ({ jsonData, status, key = CURATOR_KEY }) => {
    const reply = await send(jsonData(), key);
    expect(reply.status, JSON.stringify(reply.body)).toBe(status);
    await expectNothingRecorded();
  });

  it("answers 403 with Dataverse's words to a dataset that somebody else has locked, and leaves their lock", async () => {
    await dataverseControl(stack, '/locks', { datasetId: 29, lockType: 'Ingest', user: 'reader' });
    const reply = await send(reportOf(goodTask));
    expect([reply.status, reply.body.message]).toEqual([
      403,
      'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
    ]);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'Ingest' }]);
    await call(`${stack.dataverseUrl}/_control/locks`, {
      method: 'DELETE',
      body: JSON.stringify({ datasetId: 29, lockType: 'Ingest' }),
    });
    await expectNothingRecorded();
  });

  it('is made good by the right one: accepted, locked, and registered; the same again is the same answer, another a conflict', async () => {
    expect((await send(reportOf(goodTask))).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    const again = [await send(reportOf(goodTask)), await send(reportOf(goodTask, [granted[0]?.identifier]))];
    expect(again.map((reply) => reply.status)).toEqual([200, 409]);
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${goodTask}/resume`);
    await untilClosed(stack, ...granted.slice(0, 1));
    expect((await listFiles(stack)).map((file) => file.label).sort()).toEqual(['file0.txt', 'file1.txt']);
  }, 60_000);
});
