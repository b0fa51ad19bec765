import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadHandlers } from './machinery/platform.ts';
import { runScenario } from './machinery/run.ts';
import { SCENARIOS } from './scenarios/catalogue.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

beforeAll(loadHandlers);

describe('a scenario', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { violation, error } = await runScenario(scenario, { seed: 1 });
    expect(violation ?? error).toBeUndefined();
  });
});
