import { setTimeout as sleep } from 'node:timers/promises';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEngine } from '../../infra/local/stack-parts.ts';
import { runLocally } from './local-run.ts';
import { clientFor, startMotoEngine } from './moto-engine.ts';
import { prepareMoto } from './moto-environment.ts';
import { definitionFor, type Outcome, prepareRun } from './scenario-run.ts';
import { SCENARIOS } from './scenarios.ts';
import type { MadeCall } from './scripted-functions.ts';

const moto = await prepareMoto();
if ('whyNot' in moto) process.stdout.write(`skipped: the transfer workflow in moto: ${moto.whyNot}\n`);

const POLL_MILLISECONDS = 200;
const PATIENCE = { timeout: 60_000 };

describe.skipIf('whyNot' in moto)('the transfer workflow in moto', () => {
  let engine: RunningEngine;
  let client: SFNClient;
  let outcomes: readonly Promise<Outcome>[];
  const runs = SCENARIOS.map((scenario) =>
    prepareRun(scenario, () => ({ client, stateMachineArn: engine.stateMachineArn(machineOf(scenario)) })),
  );

  /** All at once, since moto's time is the real one and a single scenario takes a minute. */
  beforeAll(async () => {
    engine = await startMotoEngine('python' in moto ? moto.python : '', {
      stateMachines: [
        { name: 'transfer', definition: definitionFor({}) },
        { name: 'transfer-quick', definition: definitionFor({ retries: 'quick' }) },
      ],
      async invoke(name, payload) {
        const { transferId } = payload as { transferId: string };
        return runs.find((run) => run.transferId === transferId)?.functions.run(name, payload);
      },
    });
    client = clientFor(engine.url);
    outcomes = runs.map((run) => run.toEnd(() => sleep(POLL_MILLISECONDS)));
    // Each test waits for its own; until then a failure of another one is nobody's.
    for (const outcome of outcomes) outcome.catch(() => undefined);
  });
  afterAll(async () => {
    client?.destroy();
    await engine?.close();
  });

  it.each(SCENARIOS.map((scenario, index) => ({ ...scenario, index })))('$title', async ({ index, ...scenario }) => {
    const outcome = await outcomes[index];
    const { events, calls } = await runLocally(scenario);
    expect(withoutDetour(outcome?.events ?? [])).toEqual(events);
    expect(outcome?.status).toBe('SUCCEEDED');
    // The history has their order; a call whose wait was over at once may come through late.
    await expect.poll(() => byStep(runs[index]?.functions.calls ?? []), PATIENCE).toEqual(byStep(calls));
  });
});

/**
 * moto goes on with the Next of a state whose Catch leads back to that very state, as if nothing had been caught. For AwaitCompletion that is
 * Route, which leads back to it as well.
 */
function withoutDetour(events: readonly string[]): readonly string[] {
  const afterTimeOut = events.findIndex((event) => event.startsWith('TaskStateExited AwaitCompletion waitSeconds='));
  if (afterTimeOut < 0) return events;
  const detour = ['ChoiceStateEntered Route', 'ChoiceStateExited Route'];
  expect(events.slice(afterTimeOut + 1, afterTimeOut + 3)).toEqual(detour);
  return events.toSpliced(afterTimeOut + 1, detour.length);
}

function byStep(calls: readonly MadeCall[]): Partial<Record<string, MadeCall[]>> {
  return Object.groupBy(calls, ({ step }) => step);
}

function machineOf({ retries }: Pick<(typeof SCENARIOS)[number], 'retries'>): string {
  return retries === undefined ? 'transfer' : 'transfer-quick';
}
