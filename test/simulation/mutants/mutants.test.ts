import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutated } from './apply-mutant.ts';
import { MUTANTS } from './mutants.ts';

describe('mutants', () => {
  it('have a name each', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)('$name still finds the places that it changes', (mutant) => {
    for (const { file } of mutant.changes) {
      const source = readFileSync(new URL(`../../../functions/${file}`, import.meta.url), 'utf8');
      expect(mutated(mutant, file, source)).not.toBe(source);
    }
  });
});
