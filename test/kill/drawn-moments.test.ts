import { describe, expect, it } from 'vitest';
import { drawMoment, SIGNS } from './drawn-moments.ts';
import type { Moment } from './moment.ts';

const draw = (seed: number, kills: number) => Array.from({ length: kills }, (_, index) => drawMoment(seed, index + 1));
const signsOf = ({ sight }: Moment) => (sight.kind === 'signs' ? sight.count : Number.NaN);

describe('moments that are drawn for kills', () => {
  it('are the same for the same seed, however many there are, and others for another', () => {
    expect(draw(7, 50).slice(0, 20)).toEqual(draw(7, 20));
    expect(draw(8, 20).map(signsOf)).not.toEqual(draw(7, 20).map(signsOf));
  });

  it('are an upload’s and a download’s in turns', () => {
    const directions = draw(7, 50).map(({ direction }) => direction);
    expect(directions.slice(0, 3)).toEqual(['upload', 'download', 'upload']);
    expect(directions.filter((direction) => direction === 'download')).toHaveLength(25);
  });

  it.each([
    ['an upload', 'upload'],
    ['a download', 'download'],
  ] as const)('are spread over the whole of %s, whose task may be slow', (_name, direction) => {
    const drawn = draw(7, 2_000).filter((moment) => moment.direction === direction);
    const quick = drawn.filter(({ controls }) => controls.length === 0);
    expect(quick.length / drawn.length).toBeCloseTo(2 / 3, 1);
    const counts = quick.map(signsOf);
    expect(Math.min(...counts)).toBe(1);
    expect(Math.max(...counts)).toBe(SIGNS[direction]);
    // Every tenth of it has its share.
    const tenths = Array.from({ length: 10 }, (_, tenth) => {
      return counts.filter((count) => Math.floor(((count - 1) * 10) / SIGNS[direction]) === tenth).length;
    });
    for (const share of tenths) expect(share).toBeGreaterThan(40);
  });
});
