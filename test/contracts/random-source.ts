import { describe, expect, it } from 'vitest';
import type { RandomSource } from '../../functions/ports/random-source.ts';

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MANY = 200;

/** What every adapter of the port `RandomSource` does. */
export function describeRandomSourceContract(name: string, makeSource: () => RandomSource): void {
  describe(`the random source contract, kept by ${name}`, () => {
    it('makes lower-case version 4 UUIDs that differ', () => {
      const random = makeSource();
      const uuids = Array.from({ length: MANY }, () => random.uuid());
      for (const uuid of uuids) expect(uuid).toMatch(VERSION_4);
      expect(new Set(uuids).size).toBe(MANY);
    });

    it.each([1, 6, 8, 16, 32])('gives two lower-case hex digits for each of %i bytes', (bytes) => {
      const random = makeSource();
      for (let draw = 0; draw < 20; draw++) expect(random.hex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
    });

    it('gives bytes that differ', () => {
      const random = makeSource();
      expect(new Set(Array.from({ length: MANY }, () => random.hex(8))).size).toBe(MANY);
    });

    it('gives fractions from 0 to below 1', () => {
      const random = makeSource();
      for (let draw = 0; draw < MANY; draw++) {
        const fraction = random.fraction();
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction).toBeLessThan(1);
      }
    });
  });
}
