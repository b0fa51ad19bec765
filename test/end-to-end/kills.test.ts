import { afterAll, describe, expect, it } from 'vitest';
import { describeKill } from '../kill/kill-report.ts';
import type { AsksAgain, Moment } from '../kill/moment.ts';
import { MOMENTS } from '../kill/moments.ts';
import { runKill } from '../kill/run-kill.ts';
import { readStoredRecords } from '../kill/stored-records.ts';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { statesOf, transferOf, untilState } from '../support/stack-control.ts';
import { eventually, grantOne, listLocks, listRules } from '../support/upload-client.ts';

const stacks: StackProcess[] = [];
// Only a test that ran out of time leaves its stack running.
afterAll(() => Promise.all(stacks.map((stack) => stack.kill())));

function momentNamed(name: string): Moment {
  const moment = MOMENTS.find((each) => each.name === name);
  if (!moment) throw new Error(`there is no moment "${name}"`);
  return moment;
}

/** Three of the kills of `npm run test:kill`. */
const KILLS: readonly (readonly [when: string, name: string, asksAgain: AsksAgain])[] = [
  [
    'while its grant is at work',
    'Globus is asked to make a directory, and there is no rule yet',
    'again with the same key',
  ],
  ['between its report and the end of its task', 'the first look at the running task waits for Globus', 'anew'],
  ['while its files are registered', 'a batch is saved, and the answer is lost', 'anew'],
];

describe.concurrent('an upload whose stack is killed (kill -9) and started again', () => {
  it.each(KILLS)(
    '%s comes to its end: files exactly once, no rule, no lock',
    async (_when, name, asksAgain) => {
      const result = await runKill(momentNamed(name), asksAgain, (stack) => stacks.push(stack));
      process.stdout.write(`${describeKill(result)}\n`);
      expect(result.failure).toBeUndefined();
      expect(result.place?.isTaken).toBe(true);
    },
    60_000,
  );

  const LEASE_SECONDS = 8;
  /** Design section 12: rule deleted after the lease ends unreported. */
  const MOST_SECONDS_AFTER_LEASE = 10;

  it('between grant and report, and is never reported, loses its rule on time and ends EXPIRED', async () => {
    const stack = await startStackProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
    stacks.push(stack);
    const { identifier } = await grantOne(stack);
    const grantedAt = Date.now();
    await stack.killAndRestart();
    expect(await listRules(stack)).toHaveLength(1);
    const downSeconds = (Date.now() - grantedAt) / 1000;

    await eventually('the rule is gone', async () => (await listRules(stack)).length === 0, 40_000);
    const ruleGoneSeconds = (Date.now() - grantedAt) / 1000;
    await untilState(stack, identifier, 'EXPIRED');
    const expiredSeconds = (Date.now() - grantedAt) / 1000;
    process.stdout.write(
      `killed right after the grant, up again after ${downSeconds.toFixed(1)} s: the rule was gone ${ruleGoneSeconds.toFixed(1)} s and ` +
        `the transfer EXPIRED ${expiredSeconds.toFixed(1)} s after the grant; the lease is ${LEASE_SECONDS} s\n`,
    );
    // The lease counts in whole seconds.
    expect(ruleGoneSeconds).toBeGreaterThan(LEASE_SECONDS - 1.5);
    expect(ruleGoneSeconds).toBeLessThan(LEASE_SECONDS + MOST_SECONDS_AFTER_LEASE);
    expect(expiredSeconds - ruleGoneSeconds).toBeGreaterThan(8);
    expect(await statesOf(stack, transferOf(identifier))).toEqual(['GRANTED', 'EXPIRING', 'EXPIRED']);
    expect(await listRules(stack)).toEqual([]);
    expect(await listLocks(stack)).toEqual([]);

    await stack.kill();
    const { transfers, rows, locks } = await readStoredRecords(stack.stateDirectory);
    expect(transfers.map(({ state }) => state)).toEqual(['EXPIRED']);
    expect([rows, locks]).toEqual([[], []]);
    await stack.remove();
  }, 60_000);
});
