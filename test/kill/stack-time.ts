import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningStack } from '../support/local-stack.ts';
import { shiftClock } from '../support/stack-control.ts';
import { followLog, type LogTail } from './log-tail.ts';

/** The stack's clock, which is moved on whenever nothing happens, so that nobody waits for minutes. */
export interface StackTime {
  /** Starts to move the clock of a stack that was just started, by so many seconds at once. */
  start(stepSeconds: () => number): void;
  stop(): Promise<void>;
  /** How often it was moved. */
  shifts(): number;
  /** By how much. */
  shiftedSeconds(): number;
  /** Waits until so many seconds have passed on the stack's clock. */
  sleep(seconds: number): Promise<void>;
}

/** Nothing new in the log for so long: whoever works has to wait for something. Also the least time between two shifts. */
const QUIET_MILLISECONDS = 1_000;
const LOOK_EVERY_MILLISECONDS = 100;

/** The clock of one stack: it is not moved before `start`, since a shift is not kept over a restart. */
export function createStackTime(stack: RunningStack): StackTime {
  const stopping = new AbortController();
  let tail: LogTail | undefined;
  let moving = Promise.resolve();
  let shifts = 0;
  let shiftedSeconds = 0;

  const move = async (stepSeconds: () => number) => {
    let quietSince = performance.now();
    while (!stopping.signal.aborted) {
      await sleep(LOOK_EVERY_MILLISECONDS);
      // Whoever looks at the stack leaves lines too.
      if (tail?.read().some((line) => line.event !== 'request-answered')) quietSince = performance.now();
      if (performance.now() - quietSince < QUIET_MILLISECONDS) continue;
      const seconds = stepSeconds();
      await shiftClock(stack, seconds);
      shifts += 1;
      shiftedSeconds += seconds;
      quietSince = performance.now();
    }
  };

  return {
    start(stepSeconds) {
      tail = followLog(stack.stateDirectory);
      moving = move(stepSeconds);
      moving.catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await moving;
    },
    shifts: () => shifts,
    shiftedSeconds: () => shiftedSeconds,
    async sleep(seconds) {
      const startedAt = performance.now();
      const shiftedBefore = shiftedSeconds;
      while ((performance.now() - startedAt) / 1000 + shiftedSeconds - shiftedBefore < seconds) {
        await sleep(LOOK_EVERY_MILLISECONDS);
      }
    },
  };
}
