import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  closingWords,
  dataverseRequests,
  expectRegistered,
  isAddFiles,
  isSaving,
  letRoundsPass,
  letTaskEnd,
  lockOwners,
  registerRuns,
  reportedUpload,
  type SeenRequest,
  storedFiles,
  unclearAnswers,
  untilClosed,
} from '../support/registrations.ts';
import { clearFaults, dataverseControl, shiftClock } from '../support/stack-control.ts';
import { call, eventually } from '../support/upload-client.ts';
import { resume } from '../support/uploads.ts';

/** The first batch of every registration. */
const FIRST_BATCH = 25;
/** Of the URLs that Dataverse signs two tell the limits, and then one adds the batch. */
const SIGNED_PER_BATCH = 3;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(async () => {
  await clearFaults(stack);
  await setSecondsPerFile(0);
});

/** By the stack's clock, so that a batch lasts until that is moved on. */
const setSecondsPerFile = (seconds: number) =>
  dataverseControl(stack, '/register-delay', { millisecondsPerFile: seconds * 1_000 });

const manyNames = (prefix: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) => `${prefix}-${String.fromCharCode(97 + Math.floor(index / 10))}${index % 10}.txt`,
  );

async function countStored(prefix: string): Promise<number> {
  return (await storedFiles(stack)).filter((file) => file.label.startsWith(prefix)).length;
}

/** Waits until a batch is being saved while so many files are there already. */
const untilSaving = (prefix: string, stored: number) =>
  eventually(
    `a batch is saved after ${stored} files`,
    async () => (await isSaving(stack)) && (await countStored(prefix)) === stored,
  );

/** The requests that led to each addFiles call, itself last. */
function byBatch(requests: readonly SeenRequest[]): SeenRequest[][] {
  const ends = requests.flatMap((request, index) => (isAddFiles(request) ? [index + 1] : []));
  return ends.map((end, index) => requests.slice(ends[index - 1] ?? 0, end));
}

describe('more files than one batch', () => {
  it('are registered once each though a batch in the middle fails after its effect, under the locks that belong there', async () => {
    const upload = await reportedUpload(stack, ...manyNames('batch', 52));
    const before = (await dataverseRequests(stack)).length;
    const secondsPerFile = 2.4;
    await setSecondsPerFile(secondsPerFile);
    await letTaskEnd(stack, upload);
    await untilSaving('batch', 0);
    await shiftClock(stack, secondsPerFile * FIRST_BATCH + 1);

    // It took 60 s and what this machine added. The next are aimed at a minute: up to 83 s make it three batches, half a batch the last.
    await untilSaving('batch', FIRST_BATCH);
    await dataverseControl(stack, '/add-files', { mode: 'fail-after-effect' });
    await setSecondsPerFile(0);
    await shiftClock(stack, secondsPerFile * (52 - FIRST_BATCH) + 1);
    await untilClosed(stack, upload, 16);
    await expectRegistered(stack, upload);
    expect(await closingWords(stack, upload)).toBe('52 files registered, 0 not');

    const requests = (await dataverseRequests(stack)).slice(before);
    const batches = byBatch(requests);
    expect(batches.map((batch) => batch.at(-1)?.status)).toEqual([200, 500, 200]);
    const firstIndexOf = (batch: readonly SeenRequest[], wanted: string) =>
      batch.findIndex(({ method, target }) => `${method} ${target}`.includes(wanted));
    for (const batch of batches)
      expect(firstIndexOf(batch, '/datasets/29/lock/EditInProgress')).toBeGreaterThanOrEqual(0);
    const [first = [], ...later] = batches;
    expect(firstIndexOf(first, 'type=GlobusUpload')).toBeGreaterThan(firstIndexOf(first, '/lock/EditInProgress'));
    for (const batch of later) expect(firstIndexOf(batch, 'type=GlobusUpload')).toBe(-1);
    const unlocks = requests.filter(({ method, target }) => method === 'DELETE' && target.includes('/locks'));
    expect(unlocks.length).toBeGreaterThan(0);
    for (const { target } of unlocks)
      expect(target).toMatch(/\/datasets\/29\/locks\?type=(GlobusUpload|EditInProgress)$/);
  }, 120_000);
});

describe('a batch that outlives the call', () => {
  it('is waited for, however long it takes, and only what is missing is sent after it', async () => {
    const upload = await reportedUpload(stack, ...manyNames('long', FIRST_BATCH + 3));
    const before = (await dataverseRequests(stack)).length;
    const newRequests = async () => (await dataverseRequests(stack)).slice(before);
    const timesSigned = async () =>
      (await newRequests()).filter(({ target }) => target.includes('/admin/requestSignedUrl')).length;
    await setSecondsPerFile(60);
    // Signing and adding share a limit of 95 s: most of it passes while the URL is signed, so that no real minutes do.
    await dataverseControl(stack, '/faults', {
      match: '/admin/requestSignedUrl',
      kind: 'delay',
      times: SIGNED_PER_BATCH,
      delayMilliseconds: 5_000,
    });
    const runs = await registerRuns(stack);
    // The next look comes by itself: a shift meant for it could use up that limit.
    await resume(stack, upload.taskId);
    await eventually('the URL is being signed', async () => {
      const { body } = await call(`${stack.dataverseUrl}/_control/faults`);
      return body[0].remaining === 0;
    });
    await shiftClock(stack, 82);
    await untilSaving('long', 0);
    await eventually('the call is given up', async () => (await registerRuns(stack)) > runs);
    expect(await unclearAnswers(stack, upload)).toEqual(['no answer in time']);

    // In the last of these rounds nothing but Dataverse's own lock tells that it is still at work.
    await letRoundsPass(stack, 5);
    expect(await countStored('long')).toBe(0);
    expect(await lockOwners(stack)).toEqual(['EditInProgress of curator']);
    expect(await timesSigned()).toBe(SIGNED_PER_BATCH);

    await setSecondsPerFile(0);
    await shiftClock(stack, 60 * FIRST_BATCH);
    // Both batches in the time they take: a shift in the middle of a call would have it made again.
    await eventually('all files are there', async () => (await countStored('long')) === FIRST_BATCH + 3);
    await untilClosed(stack, upload, 30);
    await expectRegistered(stack, upload);
    expect((await newRequests()).filter(isAddFiles)).toHaveLength(2);
    expect(await timesSigned()).toBe(2 * SIGNED_PER_BATCH);
    expect(await closingWords(stack, upload)).toBe(`${FIRST_BATCH + 3} files registered, 0 not`);
  }, 120_000);
});
