import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  expectRegistered,
  heldUpload,
  isSaving,
  lockOwners,
  placeForeignLock,
  removeForeignLock,
  reportedUpload,
  sendReport,
  storedFiles,
  untilClosed,
} from '../support/registrations.ts';
import { clearFaults, dataverseControl, logLines, readTask, shiftClock } from '../support/stack-control.ts';
import { eventually, listRules } from '../support/upload-client.ts';
import { resume } from '../support/uploads.ts';

let stack: StackProcess;
beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: '300', LOCK_POLICY: 'registration' });
});
afterAll(() => stack?.remove());
afterEach(async () => {
  await dataverseControl(stack, '/register-delay', { millisecondsPerFile: 0 });
  await clearFaults(stack);
});

const LOOK_SECONDS = 13;

describe('a dataset that is locked only while files are registered', { timeout: 120_000 }, () => {
  it('takes uploads side by side, and has the files of all', async () => {
    const first = await reportedUpload(stack, 'side-a.txt', 'side-b.txt');
    const second = await reportedUpload(stack, 'by-side-a.txt', 'by-side-b.txt');
    expect(await lockOwners(stack)).toEqual([]);
    expect(await listRules(stack)).toHaveLength(1);
    // The later one ends first, while the other goes on.
    await resume(stack, second.taskId);
    await untilClosed(stack, second);
    expect((await readTask(stack, first.taskId)).status).toBe('ACTIVE');
    expect(await listRules(stack)).toHaveLength(1);
    await resume(stack, first.taskId);
    await untilClosed(stack, first);
    for (const upload of [first, second]) await expectRegistered(stack, upload);
  });

  it('has the second of two uploads that end at once wait until the first is registered', async () => {
    const first = await reportedUpload(stack, 'one-a.txt', 'one-b.txt');
    const second = await reportedUpload(stack, 'two-a.txt', 'two-b.txt');
    // Long enough for the other to come and wait, however slow the machine is; the clock is moved on after that.
    await dataverseControl(stack, '/register-delay', { millisecondsPerFile: 30_000 });
    for (const { taskId } of [first, second]) await resume(stack, taskId);
    await shiftClock(stack, LOOK_SECONDS);
    await eventually('a batch is being saved', () => isSaving(stack));
    const waits = async () => (await logLines(stack, 'registration-waits-in-line')).map((line) => line['transferId']);
    await eventually('the other waits', async () => (await waits()).length > 0);
    const [waiting] = await waits();
    expect([first.transferId, second.transferId]).toContain(waiting);
    await dataverseControl(stack, '/register-delay', { millisecondsPerFile: 0 });
    await shiftClock(stack, 2 * 30 + 1);
    for (const upload of [first, second]) await untilClosed(stack, upload);
    for (const upload of [first, second]) await expectRegistered(stack, upload);
    expect(await logLines(stack, 'transfer-needs-attention')).toEqual([]);
  });

  it("refuses a report while somebody else's lock stands, in the words of Dataverse", async () => {
    const upload = await heldUpload(stack, ['foreign-a.txt']);
    await placeForeignLock(stack, 'EditInProgress');
    const { status, body } = await sendReport(stack, upload);
    expect([status, body.message]).toEqual([
      403,
      'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
    ]);
    await removeForeignLock(stack, 'EditInProgress');
    const stored = (await storedFiles(stack)).length;
    expect((await sendReport(stack, upload)).status).toBe(200);
    expect(await lockOwners(stack)).toEqual([]);
    await resume(stack, upload.taskId);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
    expect(await storedFiles(stack)).toHaveLength(stored + 1);
  });
});
