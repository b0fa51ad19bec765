import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { COLLECTION } from '../support/builders.ts';
import { letLeaseEnd, untilComesTo } from '../support/quiet-time.ts';
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
  call,
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

/** As they stand in the simulator: to be read also while every call of Globus fails. */
async function standingRules(): Promise<readonly unknown[]> {
  const { body } = await call(`${stack.globusUrl}/_control/state`);
  return body.rules.filter((rule: { collectionId: string }) => rule.collectionId === COLLECTION);
}

describe('a lease that ends', { timeout: 120_000 }, () => {
  it('takes the rule, looks again ten seconds later, and only then is over', async () => {
    const granted = await grantOne(stack);
    await letLeaseEnd(stack, granted, LEASE_SECONDS);
    await untilIs(granted, 'EXPIRING');
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    expect(await statesOf(stack, transferOf(granted.identifier))).toEqual(['GRANTED', 'EXPIRING']);
    await untilComesTo(stack, transferOf(granted.identifier), 'EXPIRED');
    expect(await headerOf(granted)).toMatchObject({ takenBy: null, breaches: 0 });
  });

  it('gives the rule back to a task that slipped in between look and delete, counts it, and takes its late report', async () => {
    const granted = await grantOne(stack);
    await setSpeed(stack, 100);
    await globusControl(stack, '/faults', {
      method: 'DELETE',
      match: '/access/',
      kind: 'delay',
      delayMilliseconds: 5_000,
    });
    await letLeaseEnd(stack, granted, LEASE_SECONDS);
    await untilIs(granted, 'EXPIRING');
    // The look is over, the rule is not gone yet.
    expect(await listRules(stack)).toHaveLength(1);
    const taskId = await submitTransfer(stack, [['/lease/slipped.bin', granted.path]]);
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    await globusControl(stack, `/tasks/${taskId}/pause`);
    await untilComesTo(stack, transferOf(granted.identifier), 'OBSERVED');
    expect(await listRules(stack)).toMatchObject([{ permissions: 'rw' }]);
    expect(await headerOf(granted)).toMatchObject({ breaches: 1, observedTaskIds: [taskId] });
    await eventually('it is told', async () => (await logLines(stack, 'access-rule-restored')).length > 0);
    expect(await logLines(stack, 'access-rule-restored')).toMatchObject([{ level: 'error' }]);

    expect((await reportFiles(stack, taskId, [[granted, 'slipped.bin']])).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await setSpeed(stack, null);
    await globusControl(stack, `/tasks/${taskId}/resume`);
    await untilSettled(stack);
    await untilComesTo(stack, transferOf(granted.identifier), 'CLOSED');
    await expectRegisteredOnce(stack, 'slipped.bin');
  });

  it('while Globus is down keeps what it cannot prove gone, raises the alarm, and ends when Globus is back', async () => {
    const labels = async () => (await listFiles(stack)).map((file) => file.label);
    const labelsBefore = await labels();
    const granted = await grantOne(stack);
    const reply = { status: 502, body: '<html>bad gateway</html>' };
    await globusControl(stack, '/faults', { match: '/endpoint_manager/|/access', kind: 'reply', times: null, reply });
    const alarms = () => logLines(stack, 'transfer-needs-attention');
    const transferId = transferOf(granted.identifier);
    const isTold = async () => (await alarms()).some((line) => line['transferId'] === transferId);
    await eventually('the alarm is raised', async () => {
      await shiftClock(stack, LEASE_SECONDS);
      return isTold();
    });
    expect(['GRANTED', 'EXPIRING']).toContain((await headerOf(granted))?.state);
    // Read before Globus is back: from then on the rule may go.
    expect(await standingRules()).toHaveLength(1);
    await clearFaults(stack);
    await untilComesTo(stack, transferOf(granted.identifier), 'EXPIRED', 300);
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);
    expect(await labels()).toEqual(labelsBefore);
  });
});

describe('a lease that was reported in time', { timeout: 120_000 }, () => {
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
