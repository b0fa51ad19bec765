import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inject } from '../../support/injected-faults.ts';
import { expectAllWell } from '../../support/played-transfers.ts';
import { letAllLeasesEnd } from '../../support/quiet-time.ts';
import { clearFaults, globusControl, logLines, readTask, statesOf } from '../../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../../support/stack-in-process.ts';
import { letPass, playBoth } from '../../support/steps-of-both.ts';
import { call } from '../../support/upload-client.ts';

const LEASE_SECONDS = 600;
/** What a proxy or a captive portal puts in the place of an answer. */
const PAGE = { status: 200, body: '<html>Please log in.</html>' };
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

describe('an access rule that is made and later deleted', { timeout: 120_000 }, () => {
  it.each([
    { case: 'and each time the reply is dropped', name: 'dropped', fault: { kind: 'drop-after-effect' } },
    {
      case: 'and each time the reply is a page of HTML',
      name: 'page',
      fault: { kind: 'reply-after-effect', reply: PAGE },
    },
  ] as const)('$case, serves its upload or download, and is gone when that is over', async ({ name, fault }) => {
    const both = playBoth(stack, name);
    for (const transfer of both.transfers) {
      const atCreation = await inject(stack, 'globus', { method: 'POST', match: '/access$', ...fault });
      expect((await transfer.ask()).status).toBe(200);
      expect(await atCreation.met(), transfer.direction).toBe(1);
    }
    await both.expectRulesStand();
    await both.submit();
    await both.report();
    const atDeletion = await both.breakDeletions(fault);
    await both.letTasksEnd();
    await both.untilBothCome('SETTLING');
    // A create call without an answer may land for five minutes: for so long its row is kept, and nothing is closed.
    await both.untilBothCome('CLOSED', 301);
    for (const each of atDeletion) expect(await each.met()).toBe(1);
    await expectAllWell(stack, ...both.transfers);
  });
});

/** Calls that Globus has refused for want of a good token. */
async function refusedCalls(): Promise<number> {
  const { body } = await call(`${stack.globusUrl}/_control/requests`);
  return body.filter(({ status }: { status: number }) => status === 401).length;
}

describe('access tokens that expire', { timeout: 120_000 }, () => {
  it('all at once, before a grant, the reports, the looks at the tasks and the releases, are renewed and nobody notices', async () => {
    const both = playBoth(stack, 'expired');
    const [upload, download] = both.transfers;
    const expireBefore = async (act: () => Promise<unknown>) => {
      const before = await refusedCalls();
      await globusControl(stack, '/token-expiry');
      await act();
      expect(await refusedCalls()).toBeGreaterThan(before);
    };
    expect((await upload.ask()).status).toBe(200);
    await expireBefore(async () => expect((await download.ask()).status).toBe(200));
    await both.submit();
    await expireBefore(() => both.report());
    // Between look and release there is no time to expire them: so those calls are refused one by one.
    const reply = { status: 401, body: { code: 'AuthenticationFailed', message: 'Token is not active' } };
    const atRelease = await both.breakDeletions({ kind: 'reply', reply });
    await expireBefore(async () => {
      await both.letTasksEnd();
      await both.untilBothCome('SETTLING');
    });
    await both.untilBothCome('CLOSED');
    for (const each of atRelease) expect(await each.met()).toBe(1);
    await expectAllWell(stack, ...both.transfers);
  });
});

describe('tasks that are paused', { timeout: 120_000 }, () => {
  it('before their report, beyond the end of the lease, and for two hours after it keep their rules and go on', async () => {
    const both = playBoth(stack, 'paused');
    await both.ask();
    await both.submit();
    await letAllLeasesEnd(stack, LEASE_SECONDS);
    await both.untilBothCome('OBSERVED');
    await both.expectRulesStand();
    await both.report();
    await letPass(stack, 7_200, 1_800);
    for (const { taskId, client, transferId } of both.transfers) {
      expect(await readTask(stack, taskId, client)).toMatchObject({ status: 'ACTIVE', is_paused: true });
      expect(await statesOf(stack, transferId)).not.toContain('SETTLING');
    }
    await both.expectRulesStand();
    await both.letTasksEnd();
    await both.untilBothCome('CLOSED', 60);
    // Neither was taken away and given back.
    expect(await logLines(stack, 'access-rule-restored')).toEqual([]);
    await expectAllWell(stack, ...both.transfers);
  });
});
