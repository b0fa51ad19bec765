import { describe, expect, it } from 'vitest';
import { runLocally } from './local-run.ts';
import { expectedCalls, expectedWaits } from './scenario-run.ts';
import { SCENARIOS } from './scenarios.ts';

describe('the transfer workflow in the local engine', () => {
  it.each(SCENARIOS)('$title', async (scenario) => {
    const { status, calls, waits, transferId } = await runLocally(scenario);
    expect(calls).toEqual(expectedCalls(scenario, transferId));
    expect(waits).toEqual(expectedWaits(scenario));
    expect(status).toBe('SUCCEEDED');
  });
});
