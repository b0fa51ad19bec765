import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskId } from '../../functions/domain/ids.ts';
import { LISTED_WITHIN_SECONDS } from '../../functions/use-cases/verify-task.ts';
import { DATASET, PRINCIPAL, SECOND_PRINCIPAL } from '../support/builders.ts';
import {
  clearFaults,
  dataverseControl,
  expectRegisteredOnce,
  globusControl,
  readTask,
  shiftClock,
  statesOf,
  transferOf,
  untilSettled,
} from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  eventually,
  type GrantedFile,
  listFiles,
  listLocks,
  putSourceFile,
  READER_KEY,
  reportFiles,
} from '../support/upload-client.ts';
import {
  grantTo,
  reportAs,
  resume,
  ruleIds,
  stateOf,
  submitPaused,
  untilClosed,
  untilExpired,
  untilQuickLooksAreOver,
} from '../support/uploads.ts';

/** Far longer than the clock is moved on while the uploads of a test are waited for. */
const LEASE_SECONDS = 7_200;
const OTHER_PID = 'doi:10.5072/FK2/7U7YBV';
/** In this process, so that the tests can read the lock item and the claim. */
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

/** One grant of a list that is too large for one, and the name of its file. */
type Part = GrantedFile & { readonly name: string };

/** Grants of one file each, and one paused task that is to copy all of them. */
async function prepare<Names extends readonly string[]>(...names: Names) {
  const parts: Part[] = [];
  for (const name of names) {
    await putSourceFile(stack, `/several/${name}`, name);
    parts.push({ ...(await grantTo(stack)), name });
  }
  const taskId = await submitPaused(
    stack,
    parts.map(({ name, path }) => [`/several/${name}`, path]),
  );
  return { parts: parts as unknown as { [Index in keyof Names]: Part }, taskId };
}

const report = (part: Part, taskId: string) => reportFiles(stack, taskId, [[part, part.name]]);
const transfersOf = (parts: readonly Part[]) => parts.map(({ identifier }) => transferOf(identifier)).sort();
const readLockItem = () => stack.stores.locks.read(DATASET);
const owners = async () => [...((await readLockItem())?.owners ?? [])].sort();
const claimants = async (taskId: string) =>
  Object.keys((await stack.stores.claims.read(taskId as TaskId))?.transfers ?? {}).sort();
const labels = async () => (await listFiles(stack)).map((file) => file.label);
const letTaskEnd = async (taskId: string) => {
  await resume(stack, taskId);
  await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
};

describe('several grants reported for one task', { timeout: 120_000 }, () => {
  it('share its lock and its rule, which go with the last of them, and have each file registered once', async () => {
    const { parts, taskId } = await prepare('a.txt', 'b.txt', 'c.txt');
    const [slow, ...quick] = parts;
    const rules = await ruleIds(stack);
    expect(rules).toHaveLength(1);
    expect((await report(slow, taskId)).status).toBe(200);
    // From then on it waits for the task monitor, which is blind for now.
    const down = { status: 503, body: '<html>down</html>' };
    await globusControl(stack, '/faults', {
      match: 'endpoint_manager/task_list',
      kind: 'reply',
      times: null,
      reply: down,
    });
    await untilQuickLooksAreOver(stack, slow);
    for (const part of quick) {
      // The lock that stands is theirs too.
      expect((await report(part, taskId)).status).toBe(200);
      expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload', user: 'dataverseAdmin' }]);
    }
    expect(await owners()).toEqual(transfersOf(parts));
    expect(await claimants(taskId)).toEqual(transfersOf(parts));
    expect(await ruleIds(stack)).toEqual(rules);

    await letTaskEnd(taskId);
    await untilClosed(stack, ...quick);
    expect(await stateOf(stack, transferOf(slow.identifier))).toBe('FOLLOWING');
    expect(await owners()).toEqual(transfersOf([slow]));
    expect(await ruleIds(stack)).toEqual(rules);
    // Dataverse lets others in between two registrations, our own item does not: the upload is not over.
    const next = await prepare('next.txt');
    const tooEarly = await report(next.parts[0], next.taskId);
    expect([tooEarly.status, tooEarly.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);

    await clearFaults(stack);
    await untilClosed(stack, slow);
    // A sweep may have finished the report that came too early, which is noted since, and locked for it.
    expect([undefined, next.taskId]).toContain((await readLockItem())?.taskId);
    await expectRegisteredOnce(stack, 'a.txt', 'b.txt', 'c.txt');
    expect((await report(next.parts[0], next.taskId)).status).toBe(200);
    await resume(stack, next.taskId);
    await untilClosed(stack, next.parts[0]);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'a.txt', 'b.txt', 'c.txt', 'next.txt');
  });

  it('are accepted after the end of the task too, within the lease and after it', async () => {
    const { parts, taskId } = await prepare('d.txt', 'late.txt', 'later.txt');
    const [first, late, later] = parts;
    expect((await report(first, taskId)).status).toBe(200);
    await letTaskEnd(taskId);
    await untilClosed(stack, first);
    await expectRegisteredOnce(stack, 'd.txt');
    // Two grants still hold it.
    expect(await ruleIds(stack)).toHaveLength(1);

    expect((await report(late, taskId)).status).toBe(200);
    expect(await owners()).toEqual(transfersOf([late]));
    await untilClosed(stack, late);
    expect(await ruleIds(stack)).toHaveLength(1);
    await shiftClock(stack, LEASE_SECONDS + 1);
    await untilExpired(stack, transferOf(later.identifier));
    expect(await ruleIds(stack)).toEqual([]);

    expect((await report(later, taskId)).status).toBe(200);
    await untilSettled(stack);
    await expectRegisteredOnce(stack, 'd.txt', 'late.txt', 'later.txt');
    // Each of them repeated, in whatever state, is the same report.
    for (const part of parts) expect((await report(part, taskId)).status).toBe(200);
    expect(await listLocks(stack)).toEqual([]);
    await expectRegisteredOnce(stack, 'd.txt', 'late.txt', 'later.txt');
  });
});

describe('a task that was reported', { timeout: 120_000 }, () => {
  it('is refused to other datasets, users and principals, and to identifiers that were reported', async () => {
    await dataverseControl(stack, '/users', {
      name: 'reader',
      permissions: { 29: ['ViewUnpublishedDataset', 'EditDataset'] },
    });
    const { parts, taskId } = await prepare('mine.txt', 'also-mine.txt');
    const [mine, alsoMine] = parts;
    const others = {
      dataset: await grantTo(stack, PRINCIPAL, { persistentId: OTHER_PID }),
      user: await grantTo(stack, PRINCIPAL, { key: READER_KEY }),
      principal: await grantTo(stack, SECOND_PRINCIPAL),
    };
    expect((await report(mine, taskId)).status).toBe(200);
    // Whose a new task is may not be known everywhere yet: reports of others would wait for that.
    await shiftClock(stack, LISTED_WITHIN_SECONDS + 1);

    const refusals = [
      await reportAs(stack, { persistentId: OTHER_PID }, taskId, [[others.dataset, 'x.txt']]),
      await reportAs(stack, { key: READER_KEY }, taskId, [[others.user, 'x.txt']]),
      await reportAs(stack, {}, taskId, [[others.principal, 'x.txt']]),
      // The identifiers of two grants, of which one was reported; and the reported one again, with another list.
      await reportFiles(stack, taskId, [
        [mine, 'mine.txt'],
        [alsoMine, 'also-mine.txt'],
      ]),
      await reportFiles(stack, taskId, [[mine, 'renamed.txt']]),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([409, 409, 403, 400, 409]);
    expect(await claimants(taskId)).toEqual(transfersOf([mine]));
    expect(await owners()).toEqual(transfersOf([mine]));
    expect(await listLocks(stack, 30)).toEqual([]);

    // None of that took anything from the reports that are in order.
    expect((await report(alsoMine, taskId)).status).toBe(200);
    expect(await owners()).toEqual(transfersOf(parts));
    await letTaskEnd(taskId);
    await untilClosed(stack, ...parts);
    expect(await listLocks(stack)).toEqual([]);
    await expectRegisteredOnce(stack, 'mine.txt', 'also-mine.txt');
    expect(await labels()).not.toContain('renamed.txt');

    await shiftClock(stack, LEASE_SECONDS + 1);
    const unused = [
      transferOf(others.dataset.identifier, '30'),
      transferOf(others.user.identifier),
      transferOf(others.principal.identifier),
    ];
    await untilExpired(stack, ...unused);
    for (const transferId of unused) expect(await statesOf(stack, transferId)).not.toContain('BOUND');
    await untilSettled(stack);
  });

  it('is refused to a grant that was asked for after it was submitted', async () => {
    const { parts, taskId } = await prepare('early.txt');
    expect((await report(parts[0], taskId)).status).toBe(200);
    await letTaskEnd(taskId);
    await untilClosed(stack, parts[0]);
    // Clocks may differ by a minute.
    await shiftClock(stack, 61);
    const younger = { ...(await grantTo(stack)), name: 'younger.txt' };
    const refused = await report(younger, taskId);
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('before the paths were')]);
    expect(await listLocks(stack)).toEqual([]);
    await shiftClock(stack, LEASE_SECONDS + 1);
    await untilExpired(stack, transferOf(younger.identifier));
    expect(await ruleIds(stack)).toEqual([]);
    await expectRegisteredOnce(stack, 'early.txt');
  });
});
