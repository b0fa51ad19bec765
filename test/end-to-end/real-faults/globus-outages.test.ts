import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultOrder, type InjectedFault, inject } from '../../support/injected-faults.ts';
import { expectAllWell, type PlayedTransfer } from '../../support/played-transfers.ts';
import { letAllLeasesEnd } from '../../support/quiet-time.ts';
import { clearFaults, statesOf } from '../../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../../support/stack-in-process.ts';
import { letPass, playBoth } from '../../support/steps-of-both.ts';
import { eventually } from '../../support/upload-client.ts';

const LEASE_SECONDS = 600;
const EVERY_CALL = '.';
const LISTS_OF_TASKS = '/endpoint_manager/task_list';
/** Looks for live tasks included: without one no rule is let go of. */
const CALLS_OF_A_RELEASE = `/access|${LISTS_OF_TASKS}`;
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());
afterEach(() => clearFaults(stack));

type Outage = Pick<FaultOrder, 'kind' | 'reply'>;

/** From now on all calls that match are hurt, and those of each transfer are counted apart. */
async function breakGlobus(
  outage: Outage,
  match: string,
  transfers: readonly PlayedTransfer[],
  callOf: (transfer: PlayedTransfer) => string,
) {
  const faults: InjectedFault[] = [];
  for (const transfer of transfers) {
    faults.push(await inject(stack, 'globus', { ...outage, match: callOf(transfer), times: null }));
  }
  await inject(stack, 'globus', { ...outage, match, times: null });
  const counts = () => Promise.all(faults.map((fault) => fault.met()));
  return {
    /** Waits until calls of every one of the transfers have met it. */
    untilAllHurt: () =>
      eventually('calls of both have met it', async () => (await counts()).every((count) => count > 0)),
  };
}

describe('a Globus that for a minute', { timeout: 120_000 }, () => {
  it.each([
    {
      case: 'answers 503',
      name: 'unavailable',
      outage: { kind: 'reply', reply: { status: 503, body: { code: 'ServiceUnavailable', message: 'Back soon.' } } },
    },
    {
      case: 'does as it is told and answers HTML with 200',
      name: 'html',
      outage: { kind: 'reply-after-effect', reply: { status: 200, body: '<html>Please log in.</html>' } },
    },
  ] as const)(
    '$case, at the grant, the end of the lease, the report, the end of the task and the release, delays an upload and a download and no more',
    async ({ name, outage }) => {
      const both = playBoth(stack, name);
      const { transfers } = both;
      const letAMinutePass = () => letPass(stack, 60);
      const lookAt = ({ taskId }: PlayedTransfer) => `/endpoint_manager/task/${taskId}`;
      const lookForTasksOf = ({ principal }: PlayedTransfer) => `/task_list.*filter_owner_id=${principal}`;

      const everything = await inject(stack, 'globus', { ...outage, match: EVERY_CALL, times: null });
      expect(await both.tryToAsk()).toEqual([503, 503]);
      expect(await everything.met()).toBeGreaterThanOrEqual(2);
      await clearFaults(stack);
      await both.ask();
      await both.submit();

      // The rules could be deleted then, and nobody can tell whether a task needs them.
      const atLeaseEnd = await breakGlobus(outage, LISTS_OF_TASKS, transfers, lookForTasksOf);
      await letAllLeasesEnd(stack, LEASE_SECONDS);
      await atLeaseEnd.untilAllHurt();
      await letAMinutePass();
      await both.expectRulesStand();
      await clearFaults(stack);
      await both.untilBothCome('OBSERVED', 60);

      const atReport = await breakGlobus(outage, EVERY_CALL, transfers, lookAt);
      // An upload is accepted, and verified later; for a download nothing is lost by waiting.
      expect(await both.tryToReport()).toEqual([200, 503]);
      await atReport.untilAllHurt();
      await letAMinutePass();
      await both.expectRulesStand();
      await clearFaults(stack);
      await both.report();

      const atEnd = await breakGlobus(outage, EVERY_CALL, transfers, lookAt);
      await both.letTasksEnd();
      await letAMinutePass();
      await atEnd.untilAllHurt();
      await both.expectRulesStand();
      for (const { transferId } of transfers) expect(await statesOf(stack, transferId)).not.toContain('SETTLING');

      // An end is believed when it is read twice, half a second apart: nobody slips through between these two lines.
      await clearFaults(stack);
      const atRelease = await breakGlobus(outage, CALLS_OF_A_RELEASE, transfers, lookForTasksOf);
      await both.untilBothCome('SETTLING');
      await atRelease.untilAllHurt();
      await letAMinutePass();
      await both.expectRulesStand();
      for (const { transferId } of transfers) expect(await statesOf(stack, transferId)).not.toContain('CLOSED');
      await clearFaults(stack);
      await both.untilBothCome('CLOSED', 60);
      await expectAllWell(stack, ...transfers);
    },
  );
});
