import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoFailure } from './demo-failure.ts';

const PAUSE_MILLISECONDS = 200;

export interface WaitOrder {
  /** Completes "waited n s for …". */
  readonly what: string;
  readonly longestSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Looks again and again until the look finds something.
 * @returns what the look found
 * @throws DemoFailure when nothing was found in time; the signal's reason
 */
export async function waitFor<Found>(
  { what, longestSeconds, signal }: WaitOrder,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const endsAt = performance.now() + longestSeconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= endsAt) throw new DemoFailure(`Waited ${longestSeconds} s for ${what}, in vain.`);
    await sleep(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Seconds since a moment of `performance.now()`, to a tenth. */
export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 100) / 10;
}
