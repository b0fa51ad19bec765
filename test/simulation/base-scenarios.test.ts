import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runScenario } from './explore/run-scenario.ts';
import { loadHandlers } from './machinery/platform.ts';
import { BASE_SCENARIOS } from './scenarios/base.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

beforeAll(loadHandlers);

describe('undisturbed', () => {
  it.each(BASE_SCENARIOS)('$name', async (scenario) => {
    const { violation, error } = await runScenario(scenario, { seed: 1 });
    expect(violation ?? error).toBeUndefined();
  });
});
