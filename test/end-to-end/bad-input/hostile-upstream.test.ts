import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PRINCIPAL, TASK } from '../../support/builders.ts';
import { ask } from '../../support/checks-of-dataverse.ts';
import { HOSTILE_REPLIES } from '../../support/hostile-replies.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { expectNothingLeft } from '../../support/nothing-left.ts';
import { eventuallyInQuietTime, untilAllAreOver } from '../../support/quiet-time.ts';
import {
  clearFaults,
  dataverseControl,
  expectRegisteredOnce,
  globusControl,
  shiftClock,
  transferOf,
} from '../../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  type GrantedFile,
  grantOne,
  type JsonReply,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
} from '../../support/upload-client.ts';
import { resume, stateOf, submitPaused, untilClosed, untilQuickLooksAreOver } from '../../support/uploads.ts';

/** T-25: whatever Globus or Dataverse answers, nobody gets a 500, no rule is revoked and no transfer closed for it. */
const LEASE_SECONDS = 80_000;
let stack: StackProcess;
/** An upload that is followed while everything happens, and one that could be reported. */
let followed: { readonly granted: GrantedFile; readonly task: string };
let unreported: { readonly granted: GrantedFile; readonly task: string };

beforeAll(async () => {
  stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
  followed = await begin('/hostile/followed.txt');
  expect((await reportFiles(stack, followed.task, [[followed.granted, 'followed.txt']])).status).toBe(200);
  await untilQuickLooksAreOver(stack, followed.granted);
  unreported = await begin('/hostile/unreported.txt');
}, 90_000);
afterEach(() => clearFaults(stack));
afterAll(async () => {
  await globusControl(stack, `/tasks/${unreported.task}/fail`, { code: 'CANCELED', description: 'enough' });
  await shiftClock(stack, LEASE_SECONDS);
  await untilAllAreOver(stack);
  await expectNothingLeft(stack);
  await stack.remove();
}, 120_000);

async function begin(path: string) {
  await putSourceFile(stack, path, path);
  const granted = await grantOne(stack);
  return { granted, task: await submitPaused(stack, [[path, granted.path]]) };
}

const UPSTREAMS = { Globus: globusControl, Dataverse: dataverseControl } as const;
const BOTH = Object.keys(UPSTREAMS) as (keyof typeof UPSTREAMS)[];
const CASES = BOTH.flatMap((upstream) => HOSTILE_REPLIES.map((each) => ({ upstream, ...each })));

/** Each call that acts, all of them good but for what is behind them. */
function requests(): readonly Promise<JsonReply>[] {
  const headers = { 'X-Dataverse-key': CURATOR_KEY };
  const order = { principal: PRINCIPAL, numberOfFiles: 1 };
  const transfer = `${stack.apiUrl}/api/globus/transfers/${transferOf(followed.granted.identifier)}`;
  return [
    ask(stack.apiUrl, 'requestGlobusUploadPaths', { json: order }),
    reportFiles(stack, TASK, [[unreported.granted, 'unreported.txt']]),
    ask(stack.apiUrl, 'requestGlobusDownload', { dataset: 30, json: { principal: PRINCIPAL, fileIds: [60] } }),
    ask(stack.apiUrl, 'monitorGlobusDownload', { dataset: 30, json: { taskIdentifier: TASK } }),
    call(`${transfer}/release`, { method: 'POST', headers }),
    call(`${transfer}/cancel`, { method: 'POST', headers }),
    call(`${stack.apiUrl}/api/globus/leftovers?datasetId=29`, { headers }),
  ];
}

describe('a request while an answer from behind is', { timeout: 60_000 }, () => {
  it.each(CASES)(
    '$case of $upstream is put off or refused, never a 500 and never served',
    async ({ upstream, fault }) => {
      await UPSTREAMS[upstream](stack, '/faults', fault);
      const replies = await Promise.all(requests());
      for (const { status, body } of replies) {
        expect([status === 500, body?.status], JSON.stringify(body).slice(0, 300)).toEqual([false, 'ERROR']);
      }
    },
  );
});

describe('a transfer that is followed', { timeout: 90_000 }, () => {
  const MORE_THAN_ENOUGH = 100_000;
  const timesHit = async () => {
    const [fault] = (await call(`${stack.globusUrl}/_control/faults`)).body;
    return MORE_THAN_ENOUGH - fault.remaining;
  };

  it.each(HOSTILE_REPLIES)('keeps rule, lock and record while Globus answers with $case', async ({ fault }) => {
    await globusControl(stack, '/faults', { ...fault, times: MORE_THAN_ENOUGH });
    // The wait for the task monitor is over by then, and a look of its own comes; after a jump into the middle of one the next jump brings it.
    await eventuallyInQuietTime(stack, 'Globus has been asked', async () => (await timesHit()) > 1, 3_700);
    await clearFaults(stack);
    const transferId = transferOf(followed.granted.identifier);
    expect(['FOLLOWING', 'ATTENTION']).toContain(await stateOf(stack, transferId));
    expect(await listLocks(stack)).toMatchObject([{ lockType: 'GlobusUpload' }]);
    expect((await listRules(stack)).filter(({ path }) => path.endsWith('/ILLPXE/'))).toHaveLength(1);
  });

  it('is settled, and registered once, when both speak sense again', async () => {
    await resume(stack, followed.task);
    await untilClosed(stack, followed.granted);
    await expectRegisteredOnce(stack, 'followed.txt');
  });
});
