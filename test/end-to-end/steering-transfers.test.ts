import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { letLeaseEnd, untilComesTo } from '../support/quiet-time.ts';
import {
  expectRegistered,
  heldUpload,
  letTaskEnd,
  reportedUpload,
  sendReport,
  storedDataset,
  storedFiles,
  untilClosed,
} from '../support/registrations.ts';
import {
  clearFaults,
  dataverseControl,
  globusControl,
  logLines,
  readTask,
  shiftClock,
  statesOf,
  transferOf,
} from '../support/stack-control.ts';
import { shown, steer } from '../support/transfer-calls.ts';
import {
  CURATOR_KEY,
  eventually,
  grantOne,
  listRules,
  putSourceFile,
  READER_KEY,
  SERVICE_KEY,
  submitTransfer,
} from '../support/upload-client.ts';
import { eventuallyInFastTime, resume } from '../support/uploads.ts';

const LEASE_SECONDS = 300;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

async function expectNothingHeld(): Promise<void> {
  expect(await listRules(stack)).toEqual([]);
  expect((await storedDataset(stack))?.locks).toEqual([]);
}

const whys = async (transferId: string): Promise<string[]> =>
  (await shown(stack, transferId)).trail.map((entry: { why: string }) => entry.why);

const setApiToken = (apiToken: string | null) => dataverseControl(stack, '/users', { name: 'curator', apiToken });

describe('cancelling', { timeout: 180_000 }, () => {
  it('ends the task at Globus; then rule and lock go, and nothing is registered', async () => {
    const upload = await reportedUpload(stack, 'cancelled.txt');
    expect((await steer(stack, upload.transferId, 'cancel', { key: READER_KEY })).status).toBe(403);
    const answer = await steer(stack, upload.transferId, 'cancel');
    expect(answer).toMatchObject({ status: 200, body: { data: { transferId: upload.transferId } } });
    expect(await readTask(stack, upload.taskId)).toMatchObject({
      status: 'FAILED',
      canceled_by_admin: 'DESTINATION',
      canceled_by_admin_message: 'Cancelled in Dataverse by curator',
    });
    await untilClosed(stack, upload);
    await expectNothingHeld();
    expect(await storedFiles(stack)).toEqual([]);
    expect(await whys(upload.transferId)).toContain(`curator asks Globus to cancel task ${upload.taskId}`);
    const again = await steer(stack, upload.transferId, 'cancel');
    expect(again).toMatchObject({ status: 200, body: { data: { state: 'CLOSED' } } });
  });

  it('of a grant that was not reported ends its lease now', async () => {
    const granted = await grantOne(stack);
    const transferId = transferOf(granted.identifier);
    expect((await steer(stack, transferId, 'cancel')).status).toBe(200);
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    // No clock was moved: it is the call that has ended the lease.
    expect(await statesOf(stack, transferId)).toContain('EXPIRING');
    await untilComesTo(stack, transferId, 'EXPIRED');
    expect((await steer(stack, transferId, 'cancel')).body.data).toMatchObject({ state: 'EXPIRED' });
  });

  it('is told as 502 in words when Globus does not let the service', async () => {
    const upload = await reportedUpload(stack, 'refused.txt');
    const reply = { status: 403, body: { code: 'PermissionDenied', message: 'no' } };
    await globusControl(stack, '/faults', {
      match: '/admin_cancel',
      method: 'POST',
      kind: 'reply',
      times: null,
      reply,
    });
    const answer = await steer(stack, upload.transferId, 'cancel');
    expect(answer).toMatchObject({ status: 502, body: { message: expect.stringContaining('activity_manager') } });
    await clearFaults(stack);
    expect((await steer(stack, upload.transferId, 'cancel', { key: SERVICE_KEY })).status).toBe(200);
    await untilClosed(stack, upload);
    await expectNothingHeld();
  });
});

describe('giving up', { timeout: 180_000 }, () => {
  it('is refused under a live task, and once that has ended registers nothing', async () => {
    const upload = await reportedUpload(stack, 'given-up.txt');
    const refused = await steer(stack, upload.transferId, 'release');
    expect(refused).toMatchObject({ status: 409, body: { message: expect.stringContaining('cancel it first') } });
    expect(await listRules(stack)).toHaveLength(1);

    await setApiToken(null);
    await letTaskEnd(stack, upload);
    await untilComesTo(stack, upload.transferId, 'ATTENTION');
    expect(await shown(stack, upload.transferId).catch((error) => String(error))).toContain('not shown');
    const answer = await steer(stack, upload.transferId, 'release', { key: SERVICE_KEY });
    expect(answer).toMatchObject({ status: 200, body: { data: { state: 'SETTLING' } } });
    await untilClosed(stack, upload);
    await setApiToken(CURATOR_KEY);
    await expectNothingHeld();
    expect(await storedFiles(stack)).toEqual([]);
    expect(await shown(stack, upload.transferId)).toMatchObject({
      state: 'CLOSED',
      results: { registered: 0, notRegistered: 1 },
      files: { results: [{ outcome: 'refused', reason: expect.stringMatching(/^given up by /) }] },
    });
  });
});

describe('retrying', { timeout: 180_000 }, () => {
  it('takes a transfer out of ATTENTION at once, where it would have waited for minutes', async () => {
    const upload = await reportedUpload(stack, 'attended.txt');
    await setApiToken(null);
    await letTaskEnd(stack, upload);
    await untilComesTo(stack, upload.transferId, 'ATTENTION');
    const noted = async () =>
      (await logLines(stack, 'step')).filter(
        (line) => line['step'] === 'raise-attention' && line['transferId'] === upload.transferId,
      ).length;
    await eventually('attention is noted', async () => (await noted()) > 0);
    await setApiToken(CURATOR_KEY);
    expect(await shown(stack, upload.transferId)).toMatchObject({ attention: expect.stringContaining('API token') });
    expect(await steer(stack, upload.transferId, 'retry')).toMatchObject({ status: 200 });
    // No clock is moved: nothing but the call can have got it going.
    await eventually('the file is registered', async () => (await storedFiles(stack)).length === 1);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload);
    expect(await whys(upload.transferId)).toContain('curator has it tried again');
  });

  it('registers in a successor the file that Dataverse refused, and the others not again', async () => {
    const upload = await reportedUpload(stack, 'fine.txt', 'refused-once.txt');
    const refused = upload.files[1]?.identifier ?? '';
    await dataverseControl(stack, '/files/errors', { storageIdentifier: refused, message: 'Bad Request:not today' });
    await letTaskEnd(stack, upload);
    await untilClosed(stack, upload);
    await expectRegistered(stack, upload, ['refused-once.txt']);
    const answer = await steer(stack, upload.transferId, 'retry');
    const successor = answer.body.data?.transferId;
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { data: { state: 'SETTLING' } } });
    expect((await steer(stack, upload.transferId, 'retry')).body.data.transferId).toBe(successor);
    await eventuallyInFastTime(stack, 'the successor is closed', async () =>
      (await statesOf(stack, successor)).includes('CLOSED'),
    );
    await expectRegistered(stack, upload);
    expect(await shown(stack, successor)).toMatchObject({
      continues: upload.transferId,
      results: { registered: 2, notRegistered: 0 },
    });
    expect((await steer(stack, upload.transferId, 'retry')).status).toBe(409);
  });
});

describe('a transfer that was never reported', { timeout: 180_000 }, () => {
  it('is adopted by the id of its task after its lease is over, and registered', async () => {
    await putSourceFile(stack, '/adopted/lost.txt', 'content of lost.txt\n');
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/adopted/lost.txt', granted.path]]);
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    const transferId = transferOf(granted.identifier);
    await letLeaseEnd(stack, granted, LEASE_SECONDS);
    await untilComesTo(stack, transferId, 'EXPIRED');

    expect((await steer(stack, transferId, 'retry')).status).toBe(400);
    // The service has no role on the researcher's own collection: Globus hides the names there from it.
    const unnamed = await steer(stack, transferId, 'retry', { body: { taskIdentifier: taskId } });
    expect(unnamed).toMatchObject({ status: 400, body: { message: expect.stringContaining(granted.identifier) } });
    const files = [{ storageIdentifier: granted.identifier, fileName: 'lost.txt' }];
    const adopted = await steer(stack, transferId, 'retry', { body: { taskIdentifier: taskId, files } });
    expect(adopted, JSON.stringify(adopted.body)).toMatchObject({ status: 200 });
    const successor = adopted.body.data.transferId;
    await untilComesTo(stack, successor, 'CLOSED');
    expect((await storedFiles(stack)).map((file) => file.label)).toContain('lost.txt');
    expect(await whys(transferId)).toContain(`curator reports task ${taskId} for curator`);
    await expectNothingHeld();
  });

  it('cannot be given somebody else’s task', async () => {
    const upload = await heldUpload(stack, ['own.txt']);
    const other = await grantOne(stack);
    const files = [{ storageIdentifier: other.identifier, fileName: 'stolen.txt' }];
    const body = { taskIdentifier: PRINCIPAL, files };
    expect((await steer(stack, transferOf(other.identifier), 'retry', { body })).status).toBe(404);
    expect((await steer(stack, transferOf(other.identifier), 'retry', { body, key: READER_KEY })).status).toBe(403);
    expect((await sendReport(stack, upload)).status).toBe(200);
    await resume(stack, upload.taskId);
    await steer(stack, transferOf(other.identifier), 'release');
    await shiftClock(stack, 13);
    await untilClosed(stack, upload);
  });
});
