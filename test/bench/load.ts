import { performance } from 'node:perf_hooks';
import { percentile } from './statistics.ts';

/** How requests of one kind were answered. */
export interface LoadFigures {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds that half of them, 95 % and 99 % did not exceed. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Sends requests, always so many under way at once.
 * @param send - the request of that number, from 0; throws when the answer is not the one that was meant
 */
export async function measureLoad(
  requests: number,
  atOnce: number,
  send: (index: number) => Promise<void>,
): Promise<LoadFigures> {
  const milliseconds: number[] = [];
  let next = 0;
  const work = async () => {
    while (next < requests) {
      const index = next++;
      const startedAt = performance.now();
      await send(index);
      milliseconds.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    requests,
    perSecond: requests / seconds,
    p50: percentile(milliseconds, 50),
    p95: percentile(milliseconds, 95),
    p99: percentile(milliseconds, 99),
  };
}
