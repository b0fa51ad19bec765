import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LISTED_WITHIN_SECONDS } from '../../functions/use-cases/verify-task.ts';
import { PATH, PRINCIPAL, SECOND_PRINCIPAL } from '../support/builders.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import {
  expectRegisteredOnce,
  logLines,
  readTask,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
  untilState,
} from '../support/stack-control.ts';
import {
  eventually,
  type GrantedFile,
  listFiles,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
  SECOND_RESEARCHER,
} from '../support/upload-client.ts';
import {
  grantTo,
  resume,
  ruleIds,
  stateOf,
  submitPaused,
  untilClosed,
  untilExpired,
  untilObserved,
} from '../support/uploads.ts';

/** Far longer than the clock is moved on while the uploads of a test are waited for. */
const LEASE_SECONDS = 7_200;
/** A collection that both researchers may read. */
const ARCHER2_COLLECTION = '3e90d018-0d05-461a-bbaf-aab605283d21';
const ARCHIVED = '/archive/u-aa001/19900101T0000Z/aa001a.da19900201_00';
let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

const report = (granted: GrantedFile, taskId: string, fileName: string) =>
  reportFiles(stack, taskId, [[granted, fileName]]);

/** A grant and a paused task of the researcher's that is to copy one file there. */
async function prepare(name: string): Promise<{ granted: GrantedFile; taskId: string }> {
  await putSourceFile(stack, `/shared/${name}`, name);
  const granted = await grantTo(stack);
  return { granted, taskId: await submitPaused(stack, [[`/shared/${name}`, granted.path]]) };
}

/** The only access rule that there is. */
async function theRule(): Promise<string> {
  const [id, ...others] = await ruleIds(stack);
  expect(others).toEqual([]);
  if (id === undefined) throw new Error('there is no access rule');
  return id;
}

const letLeasesEnd = () => shiftClock(stack, LEASE_SECONDS + 1);
const fileNames = async () => (await listFiles(stack)).map((file) => file.label);

describe('two transfers of one principal on one path', { timeout: 120_000 }, () => {
  it('share a rule that stays for the second when the first closes, and goes with the second', async () => {
    const first = await prepare('first.txt');
    const rule = await theRule();
    const second = await prepare('second.txt');
    expect(await theRule()).toBe(rule);

    expect((await report(first.granted, first.taskId, 'first.txt')).status).toBe(200);
    const refused = await report(second.granted, second.taskId, 'second.txt');
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
    ]);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);

    await resume(stack, first.taskId);
    await untilClosed(stack, first.granted);
    expect(await theRule()).toBe(rule);
    expect((await readTask(stack, second.taskId)).status).toBe('ACTIVE');
    expect(await listLocks(stack)).toEqual([]);

    expect((await report(second.granted, second.taskId, 'second.txt')).status).toBe(200);
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect(await theRule()).toBe(rule);
    await resume(stack, second.taskId);
    await untilClosed(stack, second.granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'first.txt', 'second.txt');
  });

  it('of which one is never reported leave the rule until that lease ends', async () => {
    const done = await prepare('done.txt');
    const rule = await theRule();
    const unused = await grantTo(stack);
    expect((await report(done.granted, done.taskId, 'done.txt')).status).toBe(200);
    await resume(stack, done.taskId);
    await untilClosed(stack, done.granted);
    expect(await theRule()).toBe(rule);
    expect(await stateOf(stack, transferOf(unused.identifier))).toBe('GRANTED');

    await letLeasesEnd();
    await untilExpired(stack, transferOf(unused.identifier));
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'done.txt');
  });

  it('of which one was never reported keep the rule for its live task, until that has ended', async () => {
    const reported = await prepare('reported.txt');
    const rule = await theRule();
    const silent = await prepare('silent.txt');
    expect((await report(reported.granted, reported.taskId, 'reported.txt')).status).toBe(200);
    await resume(stack, reported.taskId);
    await untilClosed(stack, reported.granted);
    await letLeasesEnd();
    await untilObserved(stack, transferOf(silent.granted.identifier));
    expect(await theRule()).toBe(rule);
    expect((await readTask(stack, silent.taskId)).status).toBe('ACTIVE');

    await resume(stack, silent.taskId);
    await eventually('its task has ended', async () => (await readTask(stack, silent.taskId)).status === 'SUCCEEDED');
    await untilExpired(stack, transferOf(silent.granted.identifier));
    expect(await ruleIds(stack)).toEqual([]);
    expect(await fileNames()).not.toContain('silent.txt');
    await expectRegisteredOnce(stack, 'reported.txt');
  });

  it('of which one ends unreported under the live task of the other take nothing from that one', async () => {
    const running = await prepare('running.txt');
    const rule = await theRule();
    const unused = await grantTo(stack);
    expect((await report(running.granted, running.taskId, 'running.txt')).status).toBe(200);
    await letLeasesEnd();
    // The live task may be meant for this grant too: as long as it lives it may be reported for both.
    await untilObserved(stack, transferOf(unused.identifier));
    expect(await theRule()).toBe(rule);

    await resume(stack, running.taskId);
    await untilClosed(stack, running.granted);
    expect((await readTask(stack, running.taskId)).faults).toBe(0);
    await untilExpired(stack, transferOf(unused.identifier));
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'running.txt');
  });
});

describe('a second task on the paths of one grant', { timeout: 120_000 }, () => {
  it('which nobody can report any more keeps the rule when the reported one is closed, until it has ended', async () => {
    const reported = await prepare('kept.txt');
    const rule = await theRule();
    const stray = await submitPaused(stack, [['/shared/kept.txt', `${PATH}stray.txt`]]);
    expect((await report(reported.granted, reported.taskId, 'kept.txt')).status).toBe(200);
    await resume(stack, reported.taskId);
    await untilClosed(stack, reported.granted);
    expect(await theRule()).toBe(rule);
    expect((await readTask(stack, stray)).status).toBe('ACTIVE');

    const observed = await logLines(stack, 'unreported-task-observed');
    const observedAs = String(observed[0]?.['observedAs']);
    // A step that was cut off may say it again, of the same transfer.
    expect(observed).toEqual(observed.map(() => expect.objectContaining({ unreported: [stray], observedAs })));
    expect(observed).not.toEqual([]);
    await resume(stack, stray);
    await untilExpired(stack, observedAs);
    expect(await ruleIds(stack)).toEqual([]);
    expect(await readTask(stack, stray)).toMatchObject({ status: 'SUCCEEDED', faults: 0 });
    await expectRegisteredOnce(stack, 'kept.txt');
    expect(await fileNames()).not.toContain('stray.txt');
  });
});

describe('two principals on one path', { timeout: 120_000 }, () => {
  it('have a rule each, and each goes with its own transfer alone', async () => {
    const first = await prepare('of-first.txt');
    const granted = await grantTo(stack, SECOND_PRINCIPAL);
    const rules = await listRules(stack);
    expect(rules.map(({ principal, path, permissions }) => [principal, path, permissions]).sort()).toEqual([
      [PRINCIPAL, PATH, 'rw'],
      [SECOND_PRINCIPAL, PATH, 'rw'],
    ]);
    const ofSecond = rules.find((rule) => rule.principal === SECOND_PRINCIPAL)?.id;
    const source = { source_endpoint: ARCHER2_COLLECTION };
    const taskId = await submitPaused(stack, [[ARCHIVED, granted.path]], source, SECOND_RESEARCHER);

    // Neither may report the other's task. Whose a new one is may not be known everywhere yet: reports of others would wait for that.
    await shiftClock(stack, LISTED_WITHIN_SECONDS + 1);
    expect((await report(first.granted, taskId, 'of-first.txt')).status).toBe(403);
    expect((await report(granted, first.taskId, 'of-second.txt')).status).toBe(403);
    expect(await listLocks(stack)).toEqual([]);

    expect((await report(first.granted, first.taskId, 'of-first.txt')).status).toBe(200);
    await resume(stack, first.taskId);
    await untilClosed(stack, first.granted);
    expect(await ruleIds(stack)).toEqual([ofSecond]);

    expect((await report(granted, taskId, 'of-second.txt')).status).toBe(200);
    // A new rule for the first one leaves the other alone, and goes at the end of its own lease.
    const again = await grantTo(stack);
    expect(await ruleIds(stack)).toHaveLength(2);
    await letLeasesEnd();
    await untilExpired(stack, transferOf(again.identifier));
    expect(await ruleIds(stack)).toEqual([ofSecond]);
    await untilState(stack, granted.identifier, 'FOLLOWING');
    await resume(stack, taskId);
    await untilClosed(stack, granted);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'of-first.txt', 'of-second.txt');
    const states = await statesOf(stack, transferOf(granted.identifier));
    expect(states).toEqual(['GRANTED', 'BOUND', 'FOLLOWING', 'SETTLING', 'CLOSED']);
    // From no live task was a rule taken, in all of the above.
    expect(await logLines(stack, 'access-rule-restored')).toEqual([]);
  });
});
