import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SCENARIO_SEED } from './explore/orders.ts';
import { runScenario } from './explore/run-scenario.ts';
import { loadHandlers } from './machinery/platform.ts';
import { PLAYED_ELSEWHERE, SCENARIOS } from './scenarios/catalogue.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

/** Rows of the catalogue of failures; `docs/failures.md` says what each means here. */
const ROWS = Array.from({ length: 83 }, (_, index) => `F-${String(index + 1).padStart(2, '0')}`);

beforeAll(loadHandlers);

describe('a scenario', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const { violation, error } = await runScenario(scenario, { seed: SCENARIO_SEED });
    expect(violation ?? error).toBeUndefined();
  });
});

describe('the catalogue of failures', () => {
  const played = new Set(SCENARIOS.flatMap(({ plays }) => plays));

  it.each(ROWS)('%s has a scenario that plays it, or a reason why it has none', (row) => {
    expect(played.has(row) || PLAYED_ELSEWHERE[row] !== undefined).toBe(true);
  });

  it('has every row that a scenario plays or a reason is given for', () => {
    expect([...played, ...Object.keys(PLAYED_ELSEWHERE)].filter((row) => !ROWS.includes(row))).toEqual([]);
  });

  it('has no two scenarios of one name', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(Object.entries(PLAYED_ELSEWHERE))('of %s names tests that are there', (_row, reason) => {
    for (const [file] of reason.matchAll(/[\w/-]+(?:\.test)?\.ts/g)) {
      expect(existsSync(new URL(`../${file}`, import.meta.url)), file).toBe(true);
    }
  });
});
