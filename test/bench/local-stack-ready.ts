import type { Part } from './figure.ts';
import { withStack } from './measured-stack.ts';
import { readMemory } from './process-memory.ts';
import { median } from './statistics.ts';

const RUNS = 5;
const MIB = 2 ** 20;

/** How soon a fresh local stack is ready, and how much memory it has by then. */
export const localStackReady: Part = {
  name: 'ready',
  title: `local stack ready (medians of ${RUNS} fresh starts)`,
  async run({ signal, tell }) {
    const seconds: number[] = [];
    const resident: number[] = [];
    const peak: number[] = [];
    for (let run = 1; run <= RUNS; run++) {
      await withStack({}, signal, async (stack) => {
        const memory = readMemory(stack.pid);
        seconds.push(stack.readyMilliseconds / 1000);
        resident.push(memory.resident / MIB);
        peak.push(memory.peak / MIB);
      });
      tell(`start ${run} of ${RUNS}: ready after ${seconds.at(-1)?.toFixed(2)} s`);
    }
    return {
      figures: [
        { what: 'from the start of its process until ready', value: median(seconds), unit: 's', budget: 2 },
        { what: 'the slowest of these', value: Math.max(...seconds), unit: 's' },
        { what: 'resident memory when ready', value: median(resident), unit: 'MB', budget: 250 },
        { what: 'peak of resident memory until ready', value: median(peak), unit: 'MB', budget: 250 },
      ],
    };
  },
};
