import { monitors } from '../../../functions/manifest.ts';
import type { Chance } from './chance.ts';
import type { PlatformTroubles } from './options.ts';
import type { Schedule } from './schedule.ts';

/** Sweeps of the local run come every 30 s, those on AWS every 300 s. */
export const SWEEP_SECONDS = 300;
/** In a quiet world monitors come less and less often, so that months take seconds; any event brings them back to their pace. */
const LONGEST_BEAT_MILLISECONDS = 6 * 3_600_000;
const QUIET_BEATS = 5;

export interface MonitorParts {
  readonly schedule: Schedule;
  readonly chance: Chance;
  /** Functions that do not run at all. */
  readonly dead: ReadonlySet<string>;
  readonly troubles: () => PlatformTroubles;
  readonly run: (functionName: string) => void;
  /** A beat was left out. */
  readonly leftOut: () => void;
  /** Rows that somebody has left half done. */
  readonly isSomethingLeft: () => boolean;
  /** When the next open transfer is due; infinity for none. */
  readonly nextDueMilliseconds: () => number;
}

export interface Monitors {
  /** Something happened: they come at their pace again. */
  stirred(): void;
  sweepsBegun(): number;
}

/** Starts each monitor of the manifest at its pace, also when its last run has not ended. */
export function startMonitors(parts: MonitorParts): Monitors {
  const { schedule, chance, dead, troubles } = parts;
  const hurries: (() => void)[] = [];
  let quietBeats = 0;
  let sweepsBegun = 0;

  /** Milliseconds until the next beat. */
  const paceOf = (functionName: string, usual: number): number => {
    const quiet = Math.max(0, quietBeats - QUIET_BEATS);
    // Where something is dead, what is left has to keep its pace.
    if (quiet === 0 || dead.size > 0) return usual;
    const slow = Math.min(LONGEST_BEAT_MILLISECONDS, usual * 2 ** Math.min(quiet, 16));
    if (functionName !== 'sweep') return slow;
    // The sweep is there for what is due and for rows that somebody has left.
    if (parts.isSomethingLeft()) return usual;
    return Math.max(usual, Math.min(slow, parts.nextDueMilliseconds() - schedule.now));
  };

  for (const { functionName, everySeconds } of monitors) {
    const usual = everySeconds * 1000;
    const beat = () => {
      quietBeats += 1;
      next = schedule.after(paceOf(functionName, usual), beat);
      if (dead.has(functionName) || chance.happens(`skipped ${functionName}`, troubles().skippedBeats)) {
        parts.leftOut();
        return;
      }
      if (functionName === 'sweep') sweepsBegun += 1;
      parts.run(functionName);
      if (chance.happens(`doubled ${functionName}`, troubles().doubledBeats)) parts.run(functionName);
    };
    let next = schedule.after(chance.whole(`first beat of ${functionName}`, 0, usual), beat);
    hurries.push(() => {
      if (next.atMilliseconds <= schedule.now + usual) return;
      schedule.callOff(next);
      next = schedule.after(usual, beat);
    });
  }
  return {
    stirred() {
      if (quietBeats > QUIET_BEATS) for (const hurry of hurries) hurry();
      quietBeats = 0;
    },
    sweepsBegun: () => sweepsBegun,
  };
}
