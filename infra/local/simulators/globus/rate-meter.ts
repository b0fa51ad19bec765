import type { LocalClock } from '../../clock.ts';

/** 20 requests a second for each identity, metered over 10 seconds (globus-api.md 3.2). */
const WINDOW_MILLISECONDS = 10_000;
const REQUESTS_PER_WINDOW = 200;

/** Counts requests of each identity over the last ten seconds. */
export interface RateMeter {
  /** Counts one request; false when the identity has used up its share. */
  admit(identityId: string): boolean;
}

export function createRateMeter(clock: LocalClock): RateMeter {
  const timesByIdentity = new Map<string, number[]>();
  return {
    admit(identityId) {
      const now = clock.nowMilliseconds();
      const recent = (timesByIdentity.get(identityId) ?? []).filter((time) => time > now - WINDOW_MILLISECONDS);
      const isAdmitted = recent.length < REQUESTS_PER_WINDOW;
      if (isAdmitted) recent.push(now);
      timesByIdentity.set(identityId, recent);
      return isAdmitted;
    },
  };
}
