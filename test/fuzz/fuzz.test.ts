import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StackProcess, startStackProcess } from '../support/local-stack.ts';
import { FUZZED_STACK } from './fuzzed-stack.ts';
import { windUp } from './nothing-left.ts';
import { describeFailure } from './report.ts';
import { runFuzz } from './run-fuzz.ts';

/** Always the same, so that a failure is found by everybody; `npm run fuzz` takes another one each time. */
const SEED = 20_260_301;
const REQUESTS = 1_000;

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess(FUZZED_STACK);
});
afterAll(() => stack?.remove());

describe('a thousand made-up requests', { timeout: 600_000 }, () => {
  it('are each answered as docs/openapi.yaml says, without a fault, and leave no access, no lock and no secret', async () => {
    const result = await runFuzz(stack, { requests: REQUESTS, seed: SEED });
    expect(result.failures.map(describeFailure)).toEqual([]);
    expect(result.sent).toBe(REQUESTS);
    // Not all of them are turned away at the door.
    expect(result.statuses['200']).toBeGreaterThan(50);
    const ending = await windUp(stack);
    expect(ending.left).toEqual([]);
    expect(ending.transfers).toBeGreaterThan(10);
  });
});
