import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferId } from '../../functions/domain/ids.ts';
import { PRINCIPAL } from '../support/builders.ts';
import { untilComesTo, untilReportIsAwaited } from '../support/quiet-time.ts';
import { logLines, readTask, shiftClock, transferOf, untilSettled, untilState } from '../support/stack-control.ts';
import { type StackInProcess, startStackInProcess } from '../support/stack-in-process.ts';
import {
  eventually,
  type GrantedFile,
  grantOne,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';

const LEASE_SECONDS = 60;
let stack: StackInProcess;

beforeAll(async () => {
  stack = await startStackInProcess({ LEASE_SECONDS: String(LEASE_SECONDS) });
});
afterAll(() => stack?.remove());

async function trailOf({ identifier }: GrantedFile): Promise<readonly string[]> {
  const header = await stack.stores.transfers.read(transferOf(identifier) as TransferId);
  const trail = header?.trail ?? [];
  const times = trail.map((entry) => entry.atEpochSeconds);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  return trail.map(({ state, by, why }) => `${state} by ${by}: ${why}`);
}

describe('what is kept of a transfer', { timeout: 120_000 }, () => {
  it('says who asked, what was done, when and why, from grant to close', async () => {
    await putSourceFile(stack, '/trail/a.txt', 'a file\n');
    const granted = await grantOne(stack);
    const taskId = await submitTransfer(stack, [['/trail/a.txt', granted.path]]);
    // A look at a task that still runs has a line of its own.
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    expect((await reportFiles(stack, taskId, [[granted, 'a.txt']])).status).toBe(200);
    await untilSettled(stack);
    await untilComesTo(stack, transferOf(granted.identifier), 'CLOSED');
    expect(await trailOf(granted)).toEqual([
      'REQUESTED by grant: asked for by curator',
      'GRANTED by grant: the access rule is proven',
      `GRANTED by report: curator reports task ${taskId} with 1 files`,
      `BOUND by report: curator reported task ${taskId}`,
      'SETTLING by look-at-task: Globus says SUCCEEDED',
      'SETTLING by release-access-rule: the access rule is released',
      'SETTLING by register-files: batch 1 of 1 files is sent',
      'CLOSED by close-transfer: 1 files registered, 0 not',
    ]);
  });

  it('says so too of one that was never reported', async () => {
    const granted = await grantOne(stack);
    await untilReportIsAwaited(stack, granted);
    await shiftClock(stack, LEASE_SECONDS);
    await untilState(stack, granted.identifier, 'EXPIRING');
    await untilComesTo(stack, transferOf(granted.identifier), 'EXPIRED');
    expect((await trailOf(granted)).slice(2)).toEqual([
      'EXPIRING by end-lease: the lease is over, no report and no live task',
      'EXPIRED by end-lease: the rule is gone and no live task was seen',
    ]);
  });

  it('is in the log as well: whole lines, each with its time, level and event, and the ids that belong to it', async () => {
    const lines = await logLines(stack);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      expect(Number.isNaN(Date.parse(String(line['time']))), JSON.stringify(line)).toBe(false);
      expect(['info', 'warn', 'error']).toContain(line.level);
      expect(line.event).toMatch(/^[a-z-]+$/);
    }
    for (const line of lines.filter(({ event }) => event === 'transfer-state' || event === 'step')) {
      expect(line, JSON.stringify(line)).toMatchObject({
        transferId: expect.any(String),
        requestId: expect.any(String),
      });
    }
    const [deleted] = await logLines(stack, 'access-rule-deleted');
    expect(deleted).toMatchObject({ principal: PRINCIPAL, ruleId: expect.any(String), outcome: 'deleted' });
  });
});
