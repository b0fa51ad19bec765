import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { letLeaseEnd, stepRuns, untilAllAreOver, untilComesTo, untilReportIsAwaited } from '../support/quiet-time.ts';
import {
  expectRegisteredOnce,
  readTask,
  setSpeed,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
  untilState,
} from '../support/stack-control.ts';
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

const LEASE_SECONDS = 60;
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

const reportOf = (granted: GrantedFile, taskId: string, fileName: string) =>
  reportFiles(stack, taskId, [[granted, fileName]]);

/** Leaves the lease unreported until the grant is EXPIRED and its rule gone. */
async function grantAndLetExpire(): Promise<GrantedFile> {
  const granted = await grantOne(stack);
  await letLeaseEnd(stack, granted, LEASE_SECONDS);
  await untilState(stack, granted.identifier, 'EXPIRING');
  await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
  await untilComesTo(stack, transferOf(granted.identifier), 'EXPIRED');
  return granted;
}

describe('a task that lives on when the lease of its grant ends unreported', { timeout: 120_000 }, () => {
  it('keeps its rule, is taken by a late report and followed to its end', async () => {
    await putSourceFile(stack, '/late/observed.bin', Buffer.alloc(300_000, 1));
    await setSpeed(stack, 1_000);
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/late/observed.bin', granted.path]]);
    await letLeaseEnd(stack, granted, LEASE_SECONDS);
    await untilState(stack, granted.identifier, 'OBSERVED');
    expect(await listRules(stack)).toHaveLength(1);
    expect((await readTask(stack, taskId)).status).toBe('ACTIVE');
    expect(await listLocks(stack)).toEqual([]);

    expect((await reportOf(granted, taskId, 'observed.bin')).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    await setSpeed(stack, null);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'observed.bin');
    expect(await statesOf(stack, transferOf(granted.identifier))).not.toContain('EXPIRING');
    await untilAllAreOver(stack);
  });

  it('loses its rule when it has ended, though nobody ever reports it', async () => {
    await putSourceFile(stack, '/late/never.bin', Buffer.alloc(300_000, 2));
    await setSpeed(stack, 1_000);
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/late/never.bin', granted.path]]);
    await letLeaseEnd(stack, granted, LEASE_SECONDS);
    await untilState(stack, granted.identifier, 'OBSERVED');
    const waits = () => stepRuns(stack, transferOf(granted.identifier), 'await-report');
    await eventually('it is looked at again later', async () => (await waits()) > 1);
    await shiftClock(stack, 61);
    await eventually('it was looked at again', async () => (await waits()) > 2);
    expect((await readTask(stack, taskId)).status).toBe('ACTIVE');
    expect(await listRules(stack)).toHaveLength(1);

    await setSpeed(stack, null);
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    await shiftClock(stack, 181);
    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0);
    expect((await listFiles(stack)).map((file) => file.label)).not.toContain('never.bin');
    await untilAllAreOver(stack);
  });
});

describe('a task submitted after its rule was gone', { timeout: 120_000 }, () => {
  it('is refused by Globus until it is reported, then given its rule again and registered once', async () => {
    await putSourceFile(stack, '/late/expired.txt', 'late');
    const granted = await grantAndLetExpire();
    const taskId = await submitTransfer(stack, [['/late/expired.txt', granted.path]]);
    await eventually(
      'Globus refuses it',
      async () => (await readTask(stack, taskId)).nice_status === 'PERMISSION_DENIED',
    );
    expect((await readTask(stack, taskId)).status).toBe('ACTIVE');
    expect(await listRules(stack)).toEqual([]);

    const answers = [
      await reportOf(granted, taskId, 'expired.txt'),
      await reportOf(granted, taskId, 'expired.txt'),
      await reportOf(granted, taskId, 'another-name.txt'),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 409]);
    await eventually('the task succeeds', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'expired.txt');
    expect((await reportOf(granted, taskId, 'expired.txt')).status).toBe(200);
    await expectRegisteredOnce(stack, 'expired.txt');
    expect(await listRules(stack)).toEqual([]);
    await untilAllAreOver(stack);
  });

  it('gets nothing by a report of a task that is another one', async () => {
    await putSourceFile(stack, '/late/other.txt', 'other');
    const granted = await grantAndLetExpire();
    const unknown = await reportOf(granted, '3f530302-6c48-11ee-8428-378be0d9c521', 'other.txt');
    expect(unknown.status).toBe(404);
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);
  });
});

describe('reports in the moment in which the lease ends', { timeout: 180_000 }, () => {
  it('are all accepted in the end, whoever wins, and leave each file once and no rule', async () => {
    const offsetsMilliseconds = [-300, -100, 0, 100, 300];
    const names = offsetsMilliseconds.map((_, index) => `race${index}.txt`);
    for (const name of names) await putSourceFile(stack, `/late/${name}`, name);
    const grants = [];
    for (const name of names) grants.push({ ...(await grantOne(stack)), name, grantedAt: Date.now() });
    const taskId = await submitTransfer(
      stack,
      grants.map(({ name, path }) => [`/late/${name}`, path]),
    );
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    for (const granted of grants) await untilReportIsAwaited(stack, granted);
    // The first lease ends about two seconds from now, the others as much later as they began.
    const spentSeconds = Math.ceil((Date.now() - (grants[0]?.grantedAt ?? 0)) / 1000);
    const shiftSeconds = Math.max(0, LEASE_SECONDS - 2 - spentSeconds);
    await shiftClock(stack, shiftSeconds);
    await Promise.all(
      grants.map(async (granted, index) => {
        const leaseEndsAt = granted.grantedAt + (LEASE_SECONDS - shiftSeconds) * 1000;
        const reportAt = leaseEndsAt + (offsetsMilliseconds[index] ?? 0);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, reportAt - Date.now())));
        await eventually(`the report of ${granted.name} is accepted`, async () => {
          const { status } = await reportOf(granted, taskId, granted.name);
          // 503: just ending; 403: Dataverse itself locks the dataset while it adds the files of another of these reports.
          expect([200, 403, 503]).toContain(status);
          return status === 200;
        });
      }),
    );
    // Between two of these registrations neither a lock nor a rule may stand.
    const labels = async () => (await listFiles(stack)).map((file) => file.label);
    await eventually('all are registered', async () => {
      const listed = await labels();
      return names.every((name) => listed.includes(name));
    });
    await untilSettled(stack);
    await expectRegisteredOnce(stack, ...names);
  });
});
