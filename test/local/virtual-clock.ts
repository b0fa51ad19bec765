import type { LocalClock } from '../../infra/local/clock.ts';

/** A clock that stands still unless shifted. */
export function createVirtualClock(startMilliseconds: number): LocalClock {
  let offset = 0;
  const sleepers = new Set<() => void>();
  const now = () => startMilliseconds + offset;
  return {
    nowMilliseconds: now,
    offsetMilliseconds: () => offset,
    shift(milliseconds) {
      offset += milliseconds;
      for (const recheck of [...sleepers]) recheck();
    },
    waitUntil(atMilliseconds, signal) {
      return new Promise((resolve, reject) => {
        const recheck = () => {
          if (atMilliseconds > now()) return;
          sleepers.delete(recheck);
          resolve();
        };
        signal?.addEventListener('abort', () => {
          sleepers.delete(recheck);
          reject(signal.reason);
        });
        sleepers.add(recheck);
        recheck();
      });
    },
  };
}

/** Lets everything that is already due in the event loop happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
