import { describe, expect, it } from 'vitest';
import { hunt } from './hunt.ts';
import { MUTANTS } from './mutants.ts';

describe('the simulation', () => {
  it.each(MUTANTS)('notices a product that $does', async (mutant) => {
    const { caughtBy, where, runs } = await hunt(mutant);
    process.stdout.write(`${mutant.name}: ${caughtBy ?? 'not caught'} in ${where ?? 'no run'} (${runs} runs)\n`);
    expect(caughtBy).toBeDefined();
  });
});
