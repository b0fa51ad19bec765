import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import {
  clearFaults,
  expectRegisteredOnce,
  globusControl,
  logLines,
  setSpeed,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
  untilState,
} from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  eventually,
  type GrantedFile,
  grantOne,
  listFiles,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { untilClosed } from '../support/uploads.ts';

const LEASE_SECONDS = 60;
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
  await putSourceFile(stack, '/lease/slipped.bin', Buffer.alloc(100_000, 5));
});
afterAll(() => stack?.remove());
beforeEach(() => setSpeed(stack, null));
afterEach(() => clearFaults(stack));

const headerOf = ({ identifier }: GrantedFile) => stack.stores.transfers.read(transferOf(identifier) as TransferId);
const untilIs = (granted: GrantedFile, state: string) => untilState(stack, granted.identifier, state);

describe('a lease that ends', () => {
  it('takes the rule, looks again ten seconds later, and only then is over', async () => {
    const granted = await grantOne(stack);
    await shiftClock(stack, LEASE_SECONDS);
    await untilIs(granted, 'EXPIRING');
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    expect(await statesOf(stack, transferOf(granted.identifier))).toEqual(['GRANTED', 'EXPIRING']);
    await shiftClock(stack, 10);
    await untilIs(granted, 'EXPIRED');
    expect(await headerOf(granted)).toMatchObject({ takenBy: null, breaches: 0 });
  });

  it('gives the rule back to a task that slipped in between look and delete, counts it, and takes its late report', async () => {
    const granted = await grantOne(stack);
    await setSpeed(stack, 100);
    await globusControl(stack, '/faults', {
      method: 'DELETE',
      match: '/access/',
      kind: 'delay',
      delayMilliseconds: 3_000,
    });
    await shiftClock(stack, LEASE_SECONDS);
    await untilIs(granted, 'EXPIRING');
    // The look is over, the rule is not gone yet.
    expect(await listRules(stack)).toHaveLength(1);
    const taskId = await submitTransfer(stack, [['/lease/slipped.bin', granted.path]]);
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    await globusControl(stack, `/tasks/${taskId}/pause`);
    await shiftClock(stack, 10);
    await untilIs(granted, 'OBSERVED');
    expect(await listRules(stack)).toMatchObject([{ permissions: 'rw' }]);
    expect(await headerOf(granted)).toMatchObject({ breaches: 1, observedTaskIds: [taskId] });
    expect(await logLines(stack, 'access-rule-restored')).toMatchObject([{ level: 'error' }]);

    expect((await reportFiles(stack, taskId, [[granted, 'slipped.bin']])).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/resume`);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'slipped.bin');
  });

  it('while Globus is down keeps what it cannot prove gone, raises the alarm, and ends when Globus is back', async () => {
    const granted = await grantOne(stack);
    const reply = { status: 502, body: '<html>bad gateway</html>' };
    await globusControl(stack, '/faults', { match: '/endpoint_manager/|/access', kind: 'reply', times: null, reply });
    const isTold = async () => (await logLines(stack, 'transfer-needs-attention')).length > 0;
    await eventually('the alarm is raised', async () => {
      await shiftClock(stack, LEASE_SECONDS);
      return isTold();
    });
    expect(['GRANTED', 'EXPIRING']).toContain((await headerOf(granted))?.state);
    await clearFaults(stack);
    expect(await listRules(stack)).toHaveLength(1);
    await eventually('the lease is over', async () => {
      await shiftClock(stack, 300);
      return (await headerOf(granted))?.state === 'EXPIRED';
    });
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);
    expect((await listFiles(stack)).map((file) => file.label)).toEqual(['slipped.bin']);
  });
});

describe('a lease that was reported in time', () => {
  it('ends nothing when its timer fires late', async () => {
    const granted = await grantOne(stack);
    await setSpeed(stack, 100);
    const taskId = await submitTransfer(stack, [['/lease/slipped.bin', granted.path]]);
    await globusControl(stack, `/tasks/${taskId}/pause`);
    expect((await reportFiles(stack, taskId, [[granted, 'in-time.bin']])).status).toBe(200);
    await shiftClock(stack, LEASE_SECONDS * 10);
    await untilIs(granted, 'FOLLOWING');
    expect(await listRules(stack)).toHaveLength(1);
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/resume`);
    await shiftClock(stack, 60);
    await untilSettled(stack);
    expect(await statesOf(stack, transferOf(granted.identifier))).not.toContain('EXPIRING');
    await expectRegisteredOnce(stack, 'in-time.bin');
  });
});
