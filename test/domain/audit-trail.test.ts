import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendTrail } from '../../functions/domain/audit-trail.ts';
import type { TrailEntry } from '../../functions/domain/transfer.ts';

describe('the audit trail', () => {
  const entry = (atEpochSeconds: number): TrailEntry => ({ atEpochSeconds, state: 'FOLLOWING', by: 'look', why: 'x' });

  it('keeps every entry, in order, until there are 200', () => {
    fc.assert(
      fc.property(fc.nat({ max: 199 }), (length) => {
        const before = Array.from({ length }, (_, index) => entry(index));
        expect(extendTrail(before, entry(999))).toEqual([...before, entry(999)]);
      }),
    );
  });

  it('then keeps the first and the newest 199', () => {
    let trail: readonly TrailEntry[] = [];
    for (let index = 0; index < 1_000; index++) trail = extendTrail(trail, entry(index));
    expect(trail.map((each) => each.atEpochSeconds)).toEqual([0, ...Array.from({ length: 199 }, (_, i) => 801 + i)]);
  });

  it('leaves the list it was given as it is', () => {
    const before = [entry(1)];
    extendTrail(before, entry(2));
    expect(before).toEqual([entry(1)]);
  });
});
