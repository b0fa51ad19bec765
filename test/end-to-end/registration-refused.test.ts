import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import {
  closingWords,
  dataverseRequests,
  expectRegistered,
  isAddFiles,
  letTaskEnd,
  registerRuns,
  reportedUpload,
  storedDataset,
  type Upload,
  untilClosed,
  watchAddFiles,
} from '../support/registrations.ts';
import { dataverseControl, logLines, shiftClock } from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import { call, eventually, listRules, SERVICE_KEY } from '../support/upload-client.ts';

/** In this process, so that the test can read what was recorded of each file. */
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());

/** What was recorded of each file of an upload, in the order of their names. */
async function fileResults({ transferId }: Upload) {
  const results = await stack.stores.files.readResults(transferId as TransferId);
  return [...results].sort((left, right) => left.fileName.localeCompare(right.fileName));
}

const sweepsStarted = () => stack.scheduler.counts()['sweep']?.started ?? 0;

describe('a file that Dataverse refuses', () => {
  it('is left out and recorded with the reason, while the others are registered', async () => {
    const upload = await reportedUpload(stack, 'good-a.txt', 'refused.txt', 'good-b.txt');
    const [goodA, refused, goodB] = upload.files.map((file) => file.identifier);
    const message = 'Bad Request:Failed to save the content of the uploaded file.';
    await dataverseControl(stack, '/files/errors', { storageIdentifier: refused, message });
    const addFilesAnswers = await watchAddFiles(stack);
    const runs = await registerRuns(stack);
    await letTaskEnd(stack, upload);
    // Dataverse refuses the file once only: a shift in the middle of the step would have it sent again.
    await eventually('the refusal is noted', async () => (await registerRuns(stack)) > runs);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload, ['refused.txt']);
    expect(await addFilesAnswers()).toEqual([200]);
    expect(await closingWords(stack, upload)).toBe('2 files registered, 1 not');
    expect(await fileResults(upload)).toEqual([
      { storageIdentifier: goodA, fileName: 'good-a.txt', outcome: 'registered', reason: null },
      { storageIdentifier: goodB, fileName: 'good-b.txt', outcome: 'registered', reason: null },
      { storageIdentifier: refused, fileName: 'refused.txt', outcome: 'refused', reason: message },
    ]);
  }, 60_000);
});

/** Last: there is no dataset of its kind after it. */
describe('a dataset that is deleted while the task runs', () => {
  it('ends the transfer with that reason: the rule goes, nothing is sent, and nobody tries again', async () => {
    const upload = await reportedUpload(stack, 'homeless-a.txt', 'homeless-b.txt');
    const before = (await dataverseRequests(stack)).length;
    await dataverseControl(stack, '/datasets/29/delete');
    await letTaskEnd(stack, upload);
    await untilClosed(stack, upload);
    expect(await listRules(stack)).toEqual([]);
    expect(await storedDataset(stack)).toBeUndefined();
    const headers = { 'X-Dataverse-key': SERVICE_KEY };
    expect((await call(`${stack.dataverseUrl}/api/datasets/locks`, { headers })).body.data).toEqual([]);
    expect((await dataverseRequests(stack)).slice(before).filter(isAddFiles)).toEqual([]);
    const reason = 'The dataset does not exist any more.';
    expect(await closingWords(stack, upload)).toBe(`0 files registered, 2 not: ${reason}`);
    expect(await fileResults(upload)).toMatchObject([
      { fileName: 'homeless-a.txt', outcome: 'refused', reason },
      { fileName: 'homeless-b.txt', outcome: 'refused', reason },
    ]);

    const settled = (await dataverseRequests(stack)).length;
    for (const shiftSeconds of [7_200, 31]) {
      const sweeps = sweepsStarted();
      await shiftClock(stack, shiftSeconds);
      await eventually('a sweep', async () => sweepsStarted() > sweeps);
    }
    const later = (await dataverseRequests(stack)).slice(settled);
    expect(later.filter(({ target }) => target.includes('/datasets/29'))).toEqual([]);
    expect(await logLines(stack, 'transfer-needs-attention')).toEqual([]);
  }, 60_000);
});
