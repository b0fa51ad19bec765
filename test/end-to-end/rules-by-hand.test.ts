import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COLLECTION, PATH, PRINCIPAL, SECOND_PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { expectRegisteredOnce, globusControl, logLines, setSpeed, shiftClock } from '../support/stack-control.ts';
import {
  call,
  eventually,
  type GrantedFile,
  grantOne,
  listLocks,
  listRules,
  logIn,
  putSourceFile,
  reportFiles,
  requestPaths,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed } from '../support/uploads.ts';

const ORPHAN_PATH = '/hdc1/10.5072/FK2/ORPHAN/';
/** A rule without a row is young for two leases: long enough for several sweeps on a slow machine. */
const LEASE_SECONDS = 120;
/** Older than two leases, by far. */
const OLD_ENOUGH_SECONDS = 700;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS), SWEEP_SECONDS: '2' });
});
afterAll(() => stack?.remove());

const deleteRuleByHand = (id: string) => call(`${stack.globusUrl}/_control/rules/${id}`, { method: 'DELETE' });

async function addRuleByHand(path: string, principal: string, permissions = 'rw'): Promise<string> {
  const before = new Set((await listRules(stack)).map((rule) => rule.id));
  const added = await globusControl(stack, '/rules', { collectionId: COLLECTION, principal, path, permissions });
  expect(added.status, JSON.stringify(added.body)).toBeLessThan(300);
  const rule = (await listRules(stack)).find((each) => !before.has(each.id));
  if (!rule) throw new Error('the rule made by hand is not listed');
  return rule.id;
}

const isListed = async (id: string) => (await listRules(stack)).some((rule) => rule.id === id);

/** Waits for whole sweeps: each of them tells of a rule without a row that is too young to be revoked. */
async function letSweepsPass(count: number): Promise<void> {
  const marker = await addRuleByHand('/hdc1/10.5072/FK2/MARKER/', SECOND_PRINCIPAL, 'r');
  const told = async () =>
    (await logLines(stack, 'access-rule-orphan')).filter((line) => line['ruleId'] === marker).length;
  await eventually(`${count} sweeps`, async () => (await told()) >= count);
  await deleteRuleByHand(marker);
}

/** Asks for one path, and has a task copy a file there at the simulator's pace. */
async function startUpload(name: string, bytes: number) {
  await putSourceFile(stack, `/hand/${name}`, Buffer.alloc(bytes, 7));
  const granted = await grantOne(stack);
  const taskId = await submitTransfer(stack, [[`/hand/${name}`, granted.path]]);
  expect((await reportFiles(stack, taskId, [[granted, name]])).status).toBe(200);
  return { granted, taskId };
}

/** Waits until an upload is over for good: till then it may keep the next one away. */
async function untilRegistered(granted: GrantedFile, name: string): Promise<void> {
  await untilClosed(stack, granted);
  await expectRegisteredOnce(stack, name);
  expect(await listLocks(stack)).toEqual([]);
}

beforeEach(() => setSpeed(stack, null));
afterEach(async () => {
  for (const rule of await listRules(stack)) await deleteRuleByHand(rule.id);
});

describe('somebody changes access rules by hand', { timeout: 120_000 }, () => {
  it('a rule deleted under a live transfer is made again, and the transfer succeeds', async () => {
    // A hundred seconds: it lives until the rule is there again, however slow all this is.
    await setSpeed(stack, 50_000);
    const { granted } = await startUpload('deleted-rule.bin', 5_000_000);
    const [rule] = await listRules(stack);
    await deleteRuleByHand(rule?.id ?? '');
    await eventually('the rule is made again', async () => {
      const [again] = await listRules(stack);
      return again !== undefined && again.id !== rule?.id && again.path === PATH && again.permissions === 'rw';
    });
    expect(await logLines(stack, 'access-rule-missing')).toMatchObject([
      { level: 'error', path: PATH, ruleId: rule?.id },
    ]);
    await setSpeed(stack, null);
    await untilRegistered(granted, 'deleted-rule.bin');
    expect(await listRules(stack)).toEqual([]);
  });

  it('a rule changed from rw to r raises the alarm, is not changed back, and goes at the end', async () => {
    await setSpeed(stack, 1_000);
    const { granted, taskId } = await startUpload('changed-rule.bin', 4_000_000);
    await globusControl(stack, `/tasks/${taskId}/pause`);
    const [rule] = await listRules(stack);
    const service = await logIn(stack, 'c0ffee00-0000-4000-8000-000000000001', 'service-secret');
    const changed = await call(`${stack.globusUrl}/v0.10/endpoint/${COLLECTION}/access/${rule?.id}`, {
      method: 'PUT',
      headers: { ...service, 'content-type': 'application/json' },
      body: JSON.stringify({
        DATA_TYPE: 'access',
        principal_type: 'identity',
        principal: PRINCIPAL,
        path: PATH,
        permissions: 'r',
      }),
    });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const isTold = async () => (await logLines(stack, 'access-rule-changed')).length >= 2;
    await eventually('the alarm is raised by more than one sweep', isTold);
    expect((await logLines(stack, 'access-rule-changed'))[0]).toMatchObject({
      level: 'error',
      ruleId: rule?.id,
      allows: 'r',
      proven: 'rw',
      suffices: false,
    });
    expect(await listRules(stack)).toMatchObject([{ id: rule?.id, permissions: 'r' }]);
    await globusControl(stack, `/tasks/${taskId}/fail`, { code: 'PERMISSION_DENIED', description: 'no write access' });
    await untilClosed(stack, granted);
    expect(await isListed(rule?.id ?? '')).toBe(false);
  });

  it('a rule made by hand before the grant is used, and stays after everything, sweeps later too', async () => {
    const foreign = await addRuleByHand(PATH, PRINCIPAL);
    const { granted } = await startUpload('foreign-rule.bin', 1_000);
    expect((await listRules(stack)).map((rule) => rule.id)).toEqual([foreign]);
    await untilRegistered(granted, 'foreign-rule.bin');
    const told = async () =>
      (await logLines(stack, 'access-rule-orphan')).filter((line) => line['ruleId'] === foreign).length;
    // A sweep before the grant finds a rule that nobody knows; none may afterwards.
    const toldBefore = await told();
    await shiftClock(stack, OLD_ENOUGH_SECONDS);
    await letSweepsPass(3);
    expect((await listRules(stack)).map((rule) => rule.id)).toEqual([foreign]);
    expect(await told()).toBe(toldBefore);
  });

  it('a rule that nobody knows is told of while young, and revoked when old', async () => {
    const orphan = await addRuleByHand(ORPHAN_PATH, SECOND_PRINCIPAL);
    const outside = await addRuleByHand('/elsewhere/', SECOND_PRINCIPAL);
    const told = async () => (await logLines(stack, 'access-rule-orphan')).filter((line) => line['ruleId'] === orphan);
    await eventually('it is told of', async () => (await told()).length > 0);
    expect(await isListed(orphan)).toBe(true);
    await shiftClock(stack, OLD_ENOUGH_SECONDS);
    await eventually('it is revoked', async () => !(await isListed(orphan)));
    // That is said once it is proven.
    const revoked = () => logLines(stack, 'access-rule-orphan-revoked');
    await eventually('that is said', async () => (await revoked()).length > 0);
    expect(await revoked()).toMatchObject([
      { level: 'error', ruleId: orphan, path: ORPHAN_PATH, principal: SECOND_PRINCIPAL },
    ]);
    expect(await isListed(outside)).toBe(true);
  });

  it('a rule that nobody knows is not revoked under a live task of its principal, but after it', async () => {
    await mkdir(join(stack.stateDirectory, 'globus', 'collections', COLLECTION, ORPHAN_PATH), { recursive: true });
    await putSourceFile(stack, '/hand/live.bin', Buffer.alloc(1_000_000));
    const orphan = await addRuleByHand(ORPHAN_PATH, PRINCIPAL);
    await setSpeed(stack, 1_000);
    const taskId = await submitTransfer(stack, [['/hand/live.bin', `${ORPHAN_PATH}live.bin`]]);
    // Paused, so that moving the clock does not let it finish.
    await globusControl(stack, `/tasks/${taskId}/pause`);
    await shiftClock(stack, OLD_ENOUGH_SECONDS);
    const why = 'its principal has a live task';
    const told = async () =>
      (await logLines(stack, 'access-rule-orphan')).filter((line) => line['ruleId'] === orphan && line['why'] === why);
    await eventually('three sweeps have left it alone', async () => (await told()).length >= 3);
    expect(await isListed(orphan)).toBe(true);
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/resume`);
    await eventually('it is revoked', async () => !(await isListed(orphan)));
    const copied = await readFile(
      join(stack.stateDirectory, 'globus', 'collections', COLLECTION, ORPHAN_PATH, 'live.bin'),
    );
    expect(copied).toHaveLength(1_000_000);
  });

  it('a full collection answers 503 with a time to come back, keeps nothing, and works again with room', async () => {
    const filler = await addRuleByHand('/elsewhere/', SECOND_PRINCIPAL);
    await globusControl(stack, '/rule-limit', { value: 1 });
    const refused = await requestPaths(stack, 1);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
    expect((await listRules(stack)).map((rule) => rule.id)).toEqual([filler]);
    expect(await logLines(stack, 'access-rule-limit')).toMatchObject([{ level: 'error', collectionId: COLLECTION }]);
    await globusControl(stack, '/rule-limit', { value: 2 });
    const { granted } = await startUpload('room-again.bin', 1_000);
    await untilRegistered(granted, 'room-again.bin');
    expect((await listRules(stack)).map((rule) => rule.id)).toEqual([filler]);
    await globusControl(stack, '/rule-limit', { value: 1_000 });
  });
});
