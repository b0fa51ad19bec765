import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalClock } from './clock.ts';

export interface SchedulerOptions {
  readonly monitors: readonly { readonly functionName: string; readonly everySeconds: number }[];
  readonly clock: LocalClock;
  /** Runs the monitor's function; a rejection is reported and ends nothing. */
  readonly run: (functionName: string, event: ScheduledEvent, signal: AbortSignal) => Promise<unknown>;
  readonly onFailed?: (functionName: string, error: unknown) => void;
  /** Told when a run starts while `running` earlier ones of the same monitor still go on, as Lambda allows. */
  readonly onOverlap?: (functionName: string, running: number) => void;
}

/** The part of EventBridge's scheduled event that functions may read. */
export interface ScheduledEvent {
  readonly source: 'aws.events';
  readonly 'detail-type': 'Scheduled Event';
  /** ISO 8601, whole seconds, UTC. */
  readonly time: string;
}

export interface Scheduler {
  /** To be called after the clock went back: moments already waited for may now be too far ahead. */
  recompute(): void;
  /** Runs started, overlapped and failed since the start, by function. */
  counts(): Readonly<
    Record<string, { readonly started: number; readonly overlapped: number; readonly failed: number }>
  >;
  /** Starts no more runs, and waits briefly (2 s unless told) for those that go on; then aborts them. */
  close(waitMilliseconds?: number): Promise<void>;
}

/**
 * Starts each monitor again and again on the stack's clock, at the multiples of its period since 1970. A clock shifted far ahead runs a
 * monitor once for all the moments it passed over: they are looks at the present, so missed ones need no catching up.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const stopping = new AbortController();
  const aborting = new AbortController();
  let recomputing = new AbortController();
  const running = new Set<Promise<void>>();
  const counts: Record<string, { started: number; overlapped: number; failed: number }> = {};

  const schedules = options.monitors.map(({ functionName, everySeconds }) => {
    const count = { started: 0, overlapped: 0, failed: 0 };
    counts[functionName] = count;
    return { functionName, count, periodMilliseconds: everySeconds * 1000, atOnce: 0 };
  });

  const runOnce = async (schedule: (typeof schedules)[number]): Promise<void> => {
    if (schedule.atOnce > 0) {
      schedule.count.overlapped += 1;
      options.onOverlap?.(schedule.functionName, schedule.atOnce);
    }
    schedule.atOnce += 1;
    schedule.count.started += 1;
    const time = new Date(options.clock.nowMilliseconds()).toISOString().replace(/\.\d+Z$/, 'Z');
    const event: ScheduledEvent = { source: 'aws.events', 'detail-type': 'Scheduled Event', time };
    try {
      await options.run(schedule.functionName, event, aborting.signal);
    } catch (error) {
      schedule.count.failed += 1;
      options.onFailed?.(schedule.functionName, error);
    } finally {
      schedule.atOnce -= 1;
    }
  };

  const follow = async (schedule: (typeof schedules)[number]): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { periodMilliseconds } = schedule;
      const at = (Math.floor(options.clock.nowMilliseconds() / periodMilliseconds) + 1) * periodMilliseconds;
      try {
        await options.clock.waitUntil(at, AbortSignal.any([stopping.signal, recomputing.signal]));
      } catch {
        continue;
      }
      const run = runOnce(schedule);
      running.add(run);
      void run.finally(() => running.delete(run));
    }
  };
  for (const schedule of schedules) void follow(schedule);

  return {
    recompute() {
      const earlier = recomputing;
      recomputing = new AbortController();
      earlier.abort();
    },
    counts: () => counts,
    async close(waitMilliseconds = 2_000) {
      stopping.abort();
      const waited = new AbortController();
      await Promise.race([
        Promise.all(running),
        sleep(waitMilliseconds, undefined, { signal: waited.signal }).catch(() => undefined),
      ]);
      waited.abort();
      aborting.abort(new Error('the local stack stops'));
    },
  };
}
