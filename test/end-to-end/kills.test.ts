import { afterAll, describe, expect, it } from 'vitest';
import { describeKill } from '../kill/kill-report.ts';
import type { AsksAgain, Moment } from '../kill/moment.ts';
import { MOMENTS } from '../kill/moments.ts';
import { type KillPlace, runKill } from '../kill/run-kill.ts';
import { readStoredRecords } from '../kill/stored-records.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { untilReportIsAwaited } from '../support/quiet-time.ts';
import { logLines, shiftClock, statesOf, transferOf, untilState } from '../support/stack-control.ts';
import { eventually, grantOne, listLocks, listRules } from '../support/upload-client.ts';

const stacks: StackProcess[] = [];
// Only a test that ran out of time leaves its stack running.
afterAll(() => Promise.all(stacks.map((stack) => stack.kill())));

function momentNamed(name: string): Moment {
  const moment = MOMENTS.find((each) => each.name === name);
  if (!moment) throw new Error(`there is no moment "${name}"`);
  return moment;
}

/** Longer than the waits of a kill together, so that they say what did not come. */
const LONGEST_KILL_MILLISECONDS = 300_000;

/** What the records must show at the kill. */
type Caught = keyof Pick<KillPlace, 'isTaken' | 'isBatchOpen'>;

/** Three of the kills of `npm run test:kill`. */
const KILLS: readonly (readonly [when: string, name: string, asksAgain: AsksAgain, caught: Caught])[] = [
  [
    'while its grant is at work',
    'Globus is asked to make a directory, and there is no rule yet',
    'again with the same key',
    'isTaken',
  ],
  [
    'between its report and the end of its task',
    'the first look at the running task waits for Globus',
    'anew',
    'isTaken',
  ],
  // That the answer is lost is noted a moment later, and the record given back: the kill may fall before or after that.
  ['while its files are registered', 'a batch is saved, and the answer is lost', 'anew', 'isBatchOpen'],
];

describe.concurrent('an upload whose stack is killed (kill -9) and started again', () => {
  it.each(KILLS)(
    '%s comes to its end: files exactly once, no rule, no lock',
    async (_when, name, asksAgain, caught) => {
      const result = await runKill(momentNamed(name), asksAgain, (stack) => stacks.push(stack));
      process.stdout.write(`${describeKill(result)}\n`);
      expect(result.failure).toBeUndefined();
      expect(result.place?.[caught]).toBe(true);
    },
    LONGEST_KILL_MILLISECONDS,
  );

  /** No restart takes so long. */
  const LEASE_SECONDS = 60;
  /** What is left of it once the clock was moved on: more than the workflow waits before it repeats a step. */
  const LEFT_SECONDS = 8;
  /** Design section 12: rule deleted after the lease ends unreported. */
  const MOST_SECONDS_AFTER_LEASE = 10;

  it('between grant and report, and is never reported, loses its rule on time and ends EXPIRED', async () => {
    const stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
    stacks.push(stack);
    const askedAt = Date.now();
    const granted = await grantOne(stack);
    const grantedAt = Date.now();
    const transferId = transferOf(granted.identifier);
    await stack.killAndRestart();
    expect(await listRules(stack)).toHaveLength(1);
    const downSeconds = (Date.now() - grantedAt) / 1000;
    await untilReportIsAwaited(stack, granted);
    const shiftSeconds = Math.max(0, Math.floor(LEASE_SECONDS - LEFT_SECONDS - (Date.now() - grantedAt) / 1000));
    await shiftClock(stack, shiftSeconds);
    /** On the stack's clock. */
    const secondsSince = (epochMilliseconds: number) => (Date.now() - epochMilliseconds) / 1000 + shiftSeconds;

    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0, 40_000);
    const ruleGoneSeconds = secondsSince(grantedAt);
    const ruleGoneSecondsAfterRequest = secondsSince(askedAt);
    await untilState(stack, granted.identifier, 'EXPIRED');
    const expiredSeconds = secondsSince(grantedAt);
    process.stdout.write(
      `killed right after the grant, up again after ${downSeconds.toFixed(1)} s: the rule was gone ${ruleGoneSeconds.toFixed(1)} s and ` +
        `the transfer EXPIRED ${expiredSeconds.toFixed(1)} s after the grant; the lease is ${LEASE_SECONDS} s\n`,
    );
    // The lease begins at some moment of the request, and counts in whole seconds.
    expect(ruleGoneSecondsAfterRequest).toBeGreaterThan(LEASE_SECONDS - 1);
    expect(ruleGoneSeconds).toBeLessThan(LEASE_SECONDS + MOST_SECONDS_AFTER_LEASE);
    expect(await secondsFromDeletionToEnd(stack, transferId)).toBeGreaterThanOrEqual(10);
    expect(await statesOf(stack, transferId)).toEqual(['GRANTED', 'EXPIRING', 'EXPIRED']);
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);

    await stack.kill();
    const { transfers, rows, locks } = await readStoredRecords(stack.stateDirectory);
    expect(transfers.map(({ state }) => state)).toEqual(['EXPIRED']);
    expect([rows, locks]).toEqual([[], []]);
    await stack.remove();
  }, 180_000);
});

/** Between the deletion of the rule and the end of the transfer, by the log. */
async function secondsFromDeletionToEnd(stack: StackProcess, transferId: string): Promise<number> {
  const lines = (await logLines(stack)).filter((line) => line['transferId'] === transferId);
  const deleted = lines.findLast(({ event }) => event === 'access-rule-deleted');
  const expired = lines.find((line) => line['to'] === 'EXPIRED');
  return (Date.parse(String(expired?.['time'])) - Date.parse(String(deleted?.['time']))) / 1000;
}
