import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PATH, PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { clearFaults, globusControl, setSpeed, transferOf } from '../support/stack-control.ts';
import { readTransfers, shown, transfersUrl } from '../support/transfer-calls.ts';
import {
  call,
  DRAFT_PID,
  eventually,
  grantFiles,
  grantOne,
  listRules,
  putSourceFile,
  READER_KEY,
  reportFiles,
  SERVICE_KEY,
  submitTransfer,
} from '../support/upload-client.ts';
import { resume, submitPaused, untilClosed } from '../support/uploads.ts';

let stack: StackProcess;

beforeAll(async () => {
  // Nobody sweeps meanwhile: a rule that was deleted by hand would be made again. Uploads run side by side.
  stack = await startStackProcess({ LEASE_SECONDS: '3600', SWEEP_SECONDS: '86400', LOCK_POLICY: 'registration' });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

const codes = async (transferId: string) =>
  (await shown(stack, transferId)).reasons.map((reason: { code: string }) => reason.code);

const untilReason = (transferId: string, code: string) =>
  eventually(`${code} is shown`, async () => (await codes(transferId)).includes(code));

/** An upload of one file whose task is held. */
async function heldUpload(name: string) {
  await putSourceFile(stack, `/seen/${name}`, `content of ${name}`);
  const granted = await grantOne(stack);
  const taskId = await submitPaused(stack, [[`/seen/${name}`, granted.path]]);
  return { granted, taskId, transferId: transferOf(granted.identifier) };
}

describe('an upload, seen by whoever asks', { timeout: 120_000 }, () => {
  it('shows its files from the grant on, its task from the report on, and what became of each file', async () => {
    const { granted, taskId, transferId } = await heldUpload('whole.txt');
    expect(await shown(stack, transferId)).toMatchObject({
      state: 'GRANTED',
      direction: 'upload',
      persistentId: DRAFT_PID,
      principal: PRINCIPAL,
      taskIdentifier: null,
      task: null,
      files: { total: 1, results: [{ storageIdentifier: granted.identifier, fileName: null, outcome: 'granted' }] },
    });
    expect((await reportFiles(stack, taskId, [[granted, 'whole.txt']])).status).toBe(200);
    expect(await shown(stack, transferId)).toMatchObject({
      taskIdentifier: taskId,
      globus: 'answered',
      task: { status: 'ACTIVE', isPaused: true, filesTransferred: 0 },
      files: { results: [{ fileName: 'whole.txt', outcome: 'waiting' }] },
    });
    await resume(stack, taskId);
    await untilClosed(stack, granted);
    const over = await shown(stack, transferId);
    expect(over).toMatchObject({
      state: 'CLOSED',
      stage: 'It is over.',
      reason: '1 files registered, 0 not',
      outcome: { status: 'SUCCEEDED' },
      results: { registered: 1, notRegistered: 0 },
      files: { results: [{ outcome: 'registered', reason: null }] },
    });
    expect(over.trail.map((entry: { state: string }) => entry.state)).toEqual(
      expect.arrayContaining(['REQUESTED', 'GRANTED', 'BOUND', 'SETTLING', 'CLOSED']),
    );
  });

  it('shows the files of a large one page by page', async () => {
    const granted = await grantFiles(stack, 5);
    const transferId = transferOf(granted[0]?.identifier ?? '');
    const page = (await shown(stack, transferId, '?start=3&limit=10')).files;
    expect(page).toMatchObject({ total: 5, start: 3, limit: 10 });
    expect(page.results.map((file: { storageIdentifier: string }) => file.storageIdentifier)).toEqual(
      granted.slice(3).map((file) => file.identifier),
    );
  });
});

describe("Globus's own reasons", { timeout: 120_000 }, () => {
  it('are told in words when a pause, a login or a permission keeps a task from getting on', async () => {
    const { granted, taskId, transferId } = await heldUpload('denied.txt');
    expect((await reportFiles(stack, taskId, [[granted, 'denied.txt']])).status).toBe(200);
    expect(await codes(transferId)).toEqual(['PAUSED']);

    const rule = (await listRules(stack)).find((each) => each.path === PATH);
    await call(`${stack.globusUrl}/_control/rules/${rule?.id}`, { method: 'DELETE' });
    await resume(stack, taskId);
    await untilReason(transferId, 'PERMISSION_DENIED');
    const [reason] = (await shown(stack, transferId)).reasons;
    expect(reason).toMatchObject({
      code: 'PERMISSION_DENIED',
      words: expect.stringContaining('not written at the destination'),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    await globusControl(stack, `/tasks/${taskId}/inactive`);
    expect((await codes(transferId))[0]).toBe('INACTIVE');
    expect((await shown(stack, transferId)).reasons[0].words).toContain('log in');
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'X', description: 'over' });
  });

  it('are told when a source file is missing', async () => {
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/seen/nowhere.txt', granted.path]]);
    expect((await reportFiles(stack, taskId, [[granted, 'nowhere.txt']])).status).toBe(200);
    const transferId = transferOf(granted.identifier);
    await untilReason(transferId, 'FILE_NOT_FOUND');
    expect((await shown(stack, transferId)).reasons[0].words).toContain('does not exist');
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'X', description: 'over' });
  });

  it.each(['QUOTA_EXCEEDED', 'ENDPOINT_TOO_BUSY', 'NO_CREDENTIALS', 'SOMETHING_NEW'])(
    'are told as soon as Globus notes %s, without what is nobody’s business',
    async (code) => {
      const { granted, taskId, transferId } = await heldUpload(`${code}.txt`);
      expect((await reportFiles(stack, taskId, [[granted, `${code}.txt`]])).status).toBe(200);
      const details = '{"message": "line one\\r\\nline two, access_token=AgSecret"}';
      await globusControl(stack, `/tasks/${taskId}/event`, { code, description: 'as Globus says', details });
      const reasons = (await shown(stack, transferId)).reasons;
      expect(reasons.at(-1)).toMatchObject({ code, details: 'line one line two, [left out]' });
      expect(JSON.stringify(reasons)).not.toContain('AgSecret');
      await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'X', description: 'over' });
    },
  );

  it('are missing when Globus does not answer, and the transfer is shown all the same', async () => {
    const { granted, taskId, transferId } = await heldUpload('silent.txt');
    expect((await reportFiles(stack, taskId, [[granted, 'silent.txt']])).status).toBe(200);
    const fault = { match: '/endpoint_manager/task/', times: null };
    await globusControl(stack, '/faults', { ...fault, kind: 'reply', reply: { status: 503, body: {} } });
    expect(await shown(stack, transferId)).toMatchObject({
      task: null,
      globus: 'did not answer',
      taskIdentifier: taskId,
    });
    await clearFaults(stack);
    expect(await shown(stack, transferId)).toMatchObject({ globus: 'answered', task: { status: 'ACTIVE' } });
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'X', description: 'over' });
  });
});

describe('a list of transfers', { timeout: 120_000 }, () => {
  const idsOf = (reply: { readonly body: { readonly data: readonly { readonly transferId: string }[] } }) =>
    reply.body.data.map(({ transferId }) => transferId);

  it('of a dataset holds open and closed ones, newest first, in pages', async () => {
    const all = await readTransfers(stack, `?persistentId=${DRAFT_PID}`);
    const states = new Set(all.body.data.map((each: { state: string }) => each.state));
    expect(states.has('CLOSED') && states.has('GRANTED')).toBe(true);
    const ids = idsOf(all);
    expect(ids).toEqual([...ids].sort().reverse());
    const first = await readTransfers(stack, '?datasetId=29&limit=2');
    const second = await readTransfers(stack, `?datasetId=29&limit=2&before=${first.body.next}`);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.slice(0, 4));
  });

  it('shows operators what is open anywhere, others their own, and nobody else anything', async () => {
    const open = await readTransfers(stack, '', SERVICE_KEY);
    expect(open.status).toBe(200);
    expect(open.body.data.map((each: { state: string }) => each.state)).not.toContain('CLOSED');
    expect(open.body.data.length).toBeGreaterThan(0);
    expect((await readTransfers(stack, '?datasetId=29', READER_KEY)).body.data).toEqual([]);
    expect((await readTransfers(stack, '', READER_KEY)).status).toBe(400);
    expect((await call(transfersUrl(stack))).status).toBe(401);
    const [transferId = ''] = idsOf(open);
    expect((await readTransfers(stack, `/${transferId}`, READER_KEY)).status).toBe(403);
    expect((await readTransfers(stack, `/${transferId}`, SERVICE_KEY)).status).toBe(200);
    expect((await readTransfers(stack, '/29-00000000000')).status).toBe(404);
  });
});
