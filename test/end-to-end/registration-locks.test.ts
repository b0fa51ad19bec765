import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  closingWords,
  expectRegistered,
  heldUpload,
  isClosed,
  letRoundsPass,
  letTaskEnd,
  lockOwners,
  placeForeignLock,
  registerRuns,
  removeForeignLock,
  reportedUpload,
  sendReport,
  storedFiles,
  type Upload,
  unclearAnswers,
  untilClosed,
  watchAddFiles,
} from '../support/registrations.ts';
import { clearFaults, dataverseControl, shiftClock } from '../support/stack-control.ts';
import { eventually } from '../support/upload-client.ts';
import { resume } from '../support/uploads.ts';

/** After up to five rounds in vain registration comes again within this time. */
const LONGEST_PAUSE_SECONDS = 241;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

const storedNames = async ({ files }: Upload) => {
  const labels = (await storedFiles(stack)).map((file) => file.label);
  return files.map((file) => file.name).filter((name) => labels.includes(name));
};

/** Lets the task end, and the first round of registration. The look between them comes by itself: a shift for it could cut the pause short. */
async function letFirstRoundPass({ taskId }: Upload): Promise<void> {
  const runs = await registerRuns(stack);
  await resume(stack, taskId);
  await eventually('registration has had a round', async () => (await registerRuns(stack)) > runs);
}

/** The first round ends with an unclear answer, and registration comes again in a while. */
async function letItPause(upload: Upload): Promise<void> {
  await letFirstRoundPass(upload);
  expect(await unclearAnswers(stack, upload)).toHaveLength(1);
}

/** No more than the pause that was on is waited for, however long it was in the way. */
async function untilClosedAtNextRound(upload: Upload): Promise<void> {
  await shiftClock(stack, LONGEST_PAUSE_SECONDS);
  await eventually(`${upload.transferId} is CLOSED`, () => isClosed(stack, upload));
}

describe("somebody else's lock", () => {
  it.each([
    { lockType: 'EditInProgress', name: 'edit' },
    { lockType: 'finalizePublication', name: 'publication' },
  ])(
    'of type $lockType, placed while the task runs, is waited for and never removed',
    async ({ lockType, name }) => {
      const upload = await reportedUpload(stack, `${name}-a.txt`, `${name}-b.txt`);
      await placeForeignLock(stack, lockType);
      await letFirstRoundPass(upload);
      await letRoundsPass(stack, 4);
      expect(await isClosed(stack, upload)).toBe(false);
      expect(await storedNames(upload)).toEqual([]);
      expect(await lockOwners(stack)).toContain(`${lockType} of reader`);

      await removeForeignLock(stack, lockType);
      await untilClosedAtNextRound(upload);
      await expectRegistered(stack, upload);
      expect(await closingWords(stack, upload)).toBe('2 files registered, 0 not');
    },
    90_000,
  );

  it.each([
    { lockType: 'EditInProgress', name: 'between' },
    { lockType: 'GlobusUpload', name: 'another-upload' },
  ])(
    'of type $lockType, placed between two batches, is waited for and never removed',
    async ({ lockType, name }) => {
      const names = Array.from({ length: 27 }, (_, index) => `${name}-${index}.txt`);
      const upload = await reportedUpload(stack, ...names);
      const addFilesAnswers = await watchAddFiles(stack);
      // A pause between two batches is as long as this makes it.
      await dataverseControl(stack, '/add-files', { mode: 'fail-after-effect' });
      await letItPause(upload);
      expect(await storedNames(upload)).toHaveLength(25);
      expect(await lockOwners(stack)).toEqual([]);
      await placeForeignLock(stack, lockType);
      await letRoundsPass(stack, 3);
      expect(await storedNames(upload)).toHaveLength(25);
      expect(await lockOwners(stack)).toContain(`${lockType} of reader`);

      await removeForeignLock(stack, lockType);
      await untilClosedAtNextRound(upload);
      await expectRegistered(stack, upload);
      expect((await addFilesAnswers()).at(-1)).toBe(200);
      expect(await closingWords(stack, upload)).toBe('27 files registered, 0 not');
    },
    90_000,
  );

  it("of type GlobusUpload, placed before the report, has it refused in Dataverse's words; without it the same is accepted", async () => {
    const upload = await heldUpload(stack, ['early-a.txt', 'early-b.txt']);
    await placeForeignLock(stack, 'GlobusUpload');
    const { status, body } = await sendReport(stack, upload);
    expect([status, body.message]).toEqual([
      403,
      'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
    ]);
    expect(await lockOwners(stack)).toEqual(['GlobusUpload of reader']);

    await removeForeignLock(stack, 'GlobusUpload');
    expect((await sendReport(stack, upload)).status).toBe(200);
    expect(await lockOwners(stack)).toEqual(['GlobusUpload of dataverseAdmin']);
    await letTaskEnd(stack, upload);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
  }, 60_000);

  it('of an ingest does not hinder registration, which Dataverse allows then, and outlives it', async () => {
    const upload = await reportedUpload(stack, 'ingest-a.txt', 'ingest-b.txt');
    await placeForeignLock(stack, 'Ingest');
    await letTaskEnd(stack, upload);
    await untilClosed(stack, upload, 13);
    expect(await lockOwners(stack)).toEqual(['Ingest of reader']);
    await removeForeignLock(stack, 'Ingest');
    await expectRegistered(stack, upload);
  }, 60_000);

  it('placed when all files are there already does not keep the transfer open, and outlives it', async () => {
    const upload = await reportedUpload(stack, 'all-there-a.txt', 'all-there-b.txt');
    await dataverseControl(stack, '/add-files', { mode: 'fail-after-effect' });
    await letItPause(upload);
    await placeForeignLock(stack, 'EditInProgress');
    await untilClosed(stack, upload, 16);
    expect(await lockOwners(stack)).toEqual(['EditInProgress of reader']);
    await removeForeignLock(stack, 'EditInProgress');
    await expectRegistered(stack, upload);
  }, 60_000);
});
