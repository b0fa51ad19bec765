import type { LocalClock } from '../../clock.ts';

/** Bytes read at once when nothing slows the task down. */
const LARGEST_PIECE_BYTES = 1024 * 1024;
/** A slowed task copies this many pieces a second, so its progress shows and it stops quickly. */
const PIECES_PER_SECOND = 20;
/** Time lost to late timers that may be made up for; without it the speed would fall short. */
const MAKE_UP_MILLISECONDS = 100;
const LONGEST_DEBT_MILLISECONDS = 5_000;

/** Keeps one task to its speed. */
export interface Pace {
  /** How many bytes to move next. */
  pieceBytes(): number;
  /** Waits until the bytes just moved have taken their time. Rejects when the signal aborts. */
  spend(bytes: number, signal: AbortSignal): Promise<void>;
}

/** @param bytesPerSecond - the speed now; null is unlimited; asked again for every piece */
export function createPace(clock: LocalClock, bytesPerSecond: () => number | null): Pace {
  let freeAtMilliseconds = 0;
  return {
    pieceBytes() {
      const speed = bytesPerSecond();
      if (speed === null) return LARGEST_PIECE_BYTES;
      return Math.min(LARGEST_PIECE_BYTES, Math.max(1, Math.floor(speed / PIECES_PER_SECOND)));
    },
    async spend(bytes, signal) {
      const speed = bytesPerSecond();
      if (speed === null) return;
      const now = clock.nowMilliseconds();
      // A clock set back must not leave the task waiting for a moment far away.
      const isSane = freeAtMilliseconds <= now + LONGEST_DEBT_MILLISECONDS;
      const base = isSane ? Math.max(freeAtMilliseconds, now - MAKE_UP_MILLISECONDS) : now;
      freeAtMilliseconds = base + (bytes / speed) * 1000;
      await clock.waitUntil(freeAtMilliseconds, signal);
    },
  };
}
