import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadHandlers } from './machinery/platform.ts';
import { runScenario } from './machinery/run.ts';
import { BASE_SCENARIOS } from './scenarios/base.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

beforeAll(loadHandlers);

describe('undisturbed', () => {
  it.each(BASE_SCENARIOS)('$name', async (scenario) => {
    const { violation, error } = await runScenario(scenario, { seed: 1 });
    expect(violation ?? error).toBeUndefined();
  });
});
