import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  closingWords,
  expectRegistered,
  heldUpload,
  letTaskEnd,
  lockOwners,
  registerRuns,
  reportedUpload,
  reportUpload,
  storedFiles,
  type UploadedFile,
  untilClosed,
  watchAddFiles,
} from '../support/registrations.ts';
import { clearFaults, dataverseControl, logLines, shiftClock, statesOf } from '../support/stack-control.ts';
import { CURATOR_KEY, eventually, listRules, postReport } from '../support/upload-client.ts';
import { eventuallyInFastTime } from '../support/uploads.ts';

/** A page of the proxy before Dataverse, which asks to stay away for longer than any call may wait. */
const MAINTENANCE_PAGE = { status: 503, headers: { 'retry-after': '60' }, body: '<html>Back soon.</html>' };
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

const breakDataverse = (fault: object) => dataverseControl(stack, '/faults', fault);

async function timesAttentionWasRaised(transferId: string): Promise<number> {
  const raised = await logLines(stack, 'transfer-needs-attention');
  return raised.filter((line) => line['transferId'] === transferId).length;
}

describe('a Dataverse that is down', () => {
  it('for hours from the end of the task on delays registration and loses nothing', async () => {
    const upload = await reportedUpload(stack, 'down-a.txt', 'down-b.txt');
    await breakDataverse({ match: '.', kind: 'reply', times: null, reply: MAINTENANCE_PAGE });
    await letTaskEnd(stack, upload);
    const isRaised = async () => (await timesAttentionWasRaised(upload.transferId)) > 0;
    await eventuallyInFastTime(stack, 'an operator is asked', isRaised, 60);
    // The record is written after the line that raises it.
    await eventually('that is noted', async () => (await statesOf(stack, upload.transferId)).at(-1) === 'ATTENTION');
    expect(await listRules(stack)).toEqual([]);
    expect(await lockOwners(stack)).toEqual(['GlobusUpload of dataverseAdmin']);

    await clearFaults(stack);
    await breakDataverse({ match: '.', kind: 'drop', times: null });
    const runs = await registerRuns(stack);
    await shiftClock(stack, 3_600);
    await eventually('it is tried again', async () => (await registerRuns(stack)) > runs);
    expect(await statesOf(stack, upload.transferId)).not.toContain('CLOSED');
    const countStored = async () => (await storedFiles(stack)).filter((file) => file.label.startsWith('down')).length;
    expect(await countStored()).toBe(0);
    expect(await lockOwners(stack)).toEqual(['GlobusUpload of dataverseAdmin']);

    await clearFaults(stack);
    // The step is repeated within seconds. Shifts that are longer than it may take would end it each time.
    await eventually('the files are there', async () => (await countStored()) === 2);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
    expect(await closingWords(stack, upload)).toBe('2 files registered, 0 not');
  }, 120_000);
});

describe('a call that adds files', () => {
  it.each([
    {
      case: 'adds them and then fails',
      name: 'fails-after',
      breakIt: () => dataverseControl(stack, '/add-files', { mode: 'fail-after-effect' }),
      answers: [500],
    },
    {
      case: 'adds them, after the proxy has given up',
      name: 'proxy-gives-up',
      breakIt: () =>
        breakDataverse({
          match: '/addFiles',
          kind: 'reply-after-effect',
          reply: { status: 504, body: '<html>Gateway Timeout</html>' },
        }),
      answers: [504],
    },
    {
      case: 'adds them and loses the connection',
      name: 'dropped-after',
      breakIt: () => breakDataverse({ match: '/addFiles', kind: 'drop-after-effect' }),
      answers: [0],
    },
    {
      case: 'loses the connection and adds nothing',
      name: 'dropped-before',
      breakIt: () => breakDataverse({ match: '/addFiles', kind: 'drop' }),
      answers: [0, 200],
    },
  ])(
    '$case: each file is there once',
    async ({ name, breakIt, answers }) => {
      const upload = await reportedUpload(stack, `${name}-a.txt`, `${name}-b.txt`, `${name}-c.txt`);
      const addFilesAnswers = await watchAddFiles(stack);
      await breakIt();
      const runs = await registerRuns(stack);
      await letTaskEnd(stack, upload);
      // In its own time: two shifts of a minute are longer than the step may take.
      await eventually('the call has failed', async () => (await registerRuns(stack)) > runs);
      await untilClosed(stack, upload, 60);
      await expectRegistered(stack, upload);
      expect(await addFilesAnswers()).toEqual(answers);
      expect(await closingWords(stack, upload)).toBe('3 files registered, 0 not');
    },
    90_000,
  );
});

/** What a curator does who has lost patience: the file is registered by Dataverse's own call, before the upload is reported. */
async function registerByHand({ identifier, name }: UploadedFile): Promise<void> {
  const checksum = { '@type': 'MD5', '@value': `of ${name}` };
  const entry = { storageIdentifier: identifier, fileName: name, mimeType: 'text/plain', checksum };
  const url = `${stack.dataverseUrl}/api/datasets/29/addFiles`;
  const reply = await postReport(url, [entry], { 'X-Dataverse-key': CURATOR_KEY });
  expect(reply.body.data?.Files, JSON.stringify(reply.body)).toMatchObject([{ storageIdentifier: identifier }]);
}

describe('files that somebody else has registered meanwhile', () => {
  it.each([
    { case: 'one of three', names: ['theirs.txt', 'ours-a.txt', 'ours-b.txt'], byHand: 1, answers: [200] },
    { case: 'all of them', names: ['all-theirs-a.txt', 'all-theirs-b.txt'], byHand: 2, answers: [] },
  ])(
    '$case, are not sent again',
    async ({ names, byHand, answers }) => {
      const upload = await heldUpload(stack, names);
      await letTaskEnd(stack, upload);
      for (const file of upload.files.slice(0, byHand)) await registerByHand(file);
      const addFilesAnswers = await watchAddFiles(stack);
      await reportUpload(stack, upload);
      await untilClosed(stack, upload, 13);
      await expectRegistered(stack, upload);
      // A call with a file that is there already would have failed as a whole.
      expect(await addFilesAnswers()).toEqual(answers);
      expect(await closingWords(stack, upload)).toBe(`${names.length} files registered, 0 not`);
    },
    60_000,
  );
});
