import type { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { systemClock } from '../system/clock.ts';

export interface CacheOptions {
  readonly clock?: Clock;
  /** How long a value may be reused, counted from the start of its read; at most five minutes by the port's contract. */
  readonly maxAgeMilliseconds?: number;
}

interface Read {
  readonly secret: Promise<Secret>;
  readonly begunAtMilliseconds: number;
}

/**
 * Secrets that are read when wanted and reused for a while. Whoever wants a secret while it is being read waits for that read.
 * @param readNow - reads one secret from the store; a failure is passed on and not reused
 */
export function cachedSecrets(
  readNow: (name: string) => Promise<Secret>,
  { clock = systemClock, maxAgeMilliseconds = 60_000 }: CacheOptions,
): Secrets {
  const reads = new Map<string, Read>();

  // A clock that was set back must not make a value last longer.
  const isFresh = (read: Read) => Math.abs(clock.nowMilliseconds() - read.begunAtMilliseconds) < maxAgeMilliseconds;

  const begin = (name: string): Read => {
    const read = { secret: readNow(name), begunAtMilliseconds: clock.nowMilliseconds() };
    reads.set(name, read);
    read.secret.catch(() => {
      // It may have been forgotten, and begun anew, while it was failing.
      if (reads.get(name) === read) reads.delete(name);
    });
    return read;
  };

  return {
    read(name) {
      const known = reads.get(name);
      return (known && isFresh(known) ? known : begin(name)).secret;
    },
    forget(name) {
      reads.delete(name);
    },
  };
}
