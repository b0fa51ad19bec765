import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inject } from '../../support/injected-faults.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { eventuallyInQuietTime, untilAllAreOver, untilComesTo } from '../../support/quiet-time.ts';
import {
  closingWords,
  expectRegistered,
  letTaskEnd,
  lockOwners,
  placeForeignLock,
  registerRuns,
  removeForeignLock,
  reportedUpload,
  storedFiles,
  type Upload,
  watchAddFiles,
} from '../../support/registrations.ts';
import { clearFaults, dataverseControl, statesOf } from '../../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../../support/stack-in-process.ts';
import { letPass } from '../../support/steps-of-both.ts';
import { eventually, listRules } from '../../support/upload-client.ts';

let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '300' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

const countStored = async ({ files }: Upload) => {
  const labels = (await storedFiles(stack)).map((file) => file.label);
  return files.filter(({ name }) => labels.includes(name)).length;
};

/** CLOSED, its files there exactly once with all their bytes, and nothing left anywhere. */
async function expectUploadWell(upload: Upload): Promise<void> {
  await untilAllAreOver(stack);
  await expectRegistered(stack, upload);
  expect(await closingWords(stack, upload)).toBe(`${upload.files.length} files registered, 0 not`);
  await expectNothingLeft(stack);
}

describe('a Dataverse that', { timeout: 120_000 }, () => {
  it('is down for ten minutes when files are to be registered gets them when it is back, and the rule has not waited for it', async () => {
    const upload = await reportedUpload(stack, 'down-a.txt', 'down-b.txt');
    const outage = await inject(stack, 'dataverse', { match: '.', kind: 'drop', times: null });
    const runs = await registerRuns(stack);
    await letTaskEnd(stack, upload);
    await eventually('registration was tried', async () => (await registerRuns(stack)) > runs);
    await letPass(stack, 600, 200);
    expect(await outage.met()).toBeGreaterThan(0);
    expect(await listRules(stack)).toEqual([]);
    expect(await countStored(upload)).toBe(0);
    // Nobody else gets in meanwhile.
    expect(await lockOwners(stack)).toEqual(['GlobusUpload of dataverseAdmin']);
    expect(await statesOf(stack, upload.transferId)).not.toContain('CLOSED');
    await clearFaults(stack);
    await untilComesTo(stack, upload.transferId, 'CLOSED', 60);
    await expectUploadWell(upload);
  });

  it('answers 500 after it has added the files is not sent them again', async () => {
    const upload = await reportedUpload(stack, 'added-a.txt', 'added-b.txt', 'added-c.txt');
    const addFilesAnswers = await watchAddFiles(stack);
    await dataverseControl(stack, '/add-files', { mode: 'fail-after-effect' });
    await letTaskEnd(stack, upload);
    await untilComesTo(stack, upload.transferId, 'CLOSED');
    expect(await addFilesAnswers()).toEqual([500]);
    await expectUploadWell(upload);
  });

  it('has the dataset locked by somebody else is waited for, and their lock is left alone', async () => {
    const upload = await reportedUpload(stack, 'locked-a.txt', 'locked-b.txt');
    await placeForeignLock(stack, 'EditInProgress');
    const runs = await registerRuns(stack);
    await letTaskEnd(stack, upload);
    const hasTriedTwice = async () => (await registerRuns(stack)) >= runs + 2;
    await eventuallyInQuietTime(stack, 'registration was tried twice', hasTriedTwice, 30);
    expect(await countStored(upload)).toBe(0);
    expect(await lockOwners(stack)).toContain('EditInProgress of reader');
    await removeForeignLock(stack, 'EditInProgress');
    await untilComesTo(stack, upload.transferId, 'CLOSED', 60);
    await expectUploadWell(upload);
  });
});
