import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inject } from '../../support/injected-faults.ts';
import { expectAllWell, type PlayedTransfer } from '../../support/played-transfers.ts';
import { clearFaults } from '../../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../../support/stack-in-process.ts';
import { playBoth } from '../../support/steps-of-both.ts';

let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: '600' });
});
afterAll(() => stack?.remove());

/** Calls without an answer end by the functions' own time limits, which are real time: so all that can waits side by side. */
describe('a Globus that hangs', { timeout: 180_000 }, () => {
  it('when a rule is made, when a task is reported and when the rule is deleted delays an upload and a download and no more', async () => {
    const both = playBoth(stack, 'hangs');
    // Both create calls are under way before either is given up and repeated.
    const atCreation = await inject(stack, 'globus', { method: 'POST', match: '/access$', kind: 'hang', times: 2 });
    expect(await both.tryToAsk()).toEqual([200, 200]);
    expect(await atCreation.met()).toBe(2);
    await clearFaults(stack);
    await both.expectRulesStand();
    await both.submit();

    const lookAt = ({ taskId }: PlayedTransfer) => `/endpoint_manager/task/${taskId}`;
    const atReport = [];
    for (const transfer of both.transfers) {
      atReport.push(await inject(stack, 'globus', { match: lookAt(transfer), kind: 'hang', times: 1 }));
    }
    expect(await both.tryToReport()).toEqual([200, 200]);
    for (const fault of atReport) expect(await fault.met()).toBe(1);

    const atDeletion = await both.breakDeletions({ kind: 'hang' });
    await both.letTasksEnd();
    await both.untilBothCome('SETTLING');
    await both.untilBothCome('CLOSED', 301);
    for (const fault of atDeletion) expect(await fault.met()).toBe(1);
    await expectAllWell(stack, ...both.transfers);
  });
});
