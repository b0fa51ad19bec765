import { afterEach, describe, expect, it } from 'vitest';
import { type Scheduler, startScheduler } from '../../infra/local/scheduler.ts';
import { createVirtualClock, settle } from './virtual-clock.ts';

const MINUTE = 60_000;
let scheduler: Scheduler | undefined;
afterEach(() => scheduler?.close(0));

function start(everySeconds: number, run: (event: unknown, signal: AbortSignal) => Promise<unknown>) {
  const clock = createVirtualClock(Date.parse('2026-11-21T22:07:30.250Z'));
  const failures: unknown[] = [];
  const overlaps: number[] = [];
  const started = startScheduler({
    monitors: [{ functionName: 'task-monitor', everySeconds }],
    clock,
    run: (_functionName, event, signal) => run(event, signal),
    onFailed: (_functionName, error) => failures.push(error),
    onOverlap: (_functionName, running) => overlaps.push(running),
  });
  scheduler = started;
  return { clock, failures, overlaps, scheduler: started };
}

async function advance(clock: { shift(milliseconds: number): void }, milliseconds: number): Promise<void> {
  clock.shift(milliseconds);
  await settle();
}

describe('scheduler', () => {
  it('runs a monitor at its moments and not before', async () => {
    const events: unknown[] = [];
    const { clock } = start(60, async (event) => events.push(event));

    await advance(clock, 29_000);
    expect(events).toEqual([]);
    await advance(clock, 1_000);
    await advance(clock, MINUTE);

    expect(events).toMatchObject([
      { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-11-21T22:08:00Z' },
      { time: '2026-11-21T22:09:00Z' },
    ]);
  });

  it('runs once after a shift over many moments', async () => {
    const { clock, scheduler } = start(60, async () => undefined);

    await advance(clock, 90 * 24 * 60 * MINUTE);

    expect(scheduler.counts()['task-monitor']?.started).toBe(1);
  });

  it('keeps to the schedule when a run fails', async () => {
    const { clock, failures, scheduler } = start(60, () => Promise.reject(new Error('Globus is down')));

    await advance(clock, MINUTE);
    await advance(clock, MINUTE);

    expect(failures).toHaveLength(2);
    expect(scheduler.counts()['task-monitor']).toEqual({ started: 2, overlapped: 0, failed: 2 });
  });

  it('lets runs overlap, and counts them', async () => {
    const { clock, overlaps, scheduler } = start(60, () => new Promise(() => undefined));

    for (let run = 0; run < 3; run += 1) await advance(clock, MINUTE);

    expect(overlaps).toEqual([1, 2]);
    expect(scheduler.counts()['task-monitor']).toEqual({ started: 3, overlapped: 2, failed: 0 });
  });

  it('goes on after the clock went back, once told', async () => {
    const { clock, scheduler } = start(60, async () => undefined);
    await advance(clock, 60 * MINUTE);

    await advance(clock, -60 * MINUTE);
    scheduler.recompute();
    await settle();
    await advance(clock, MINUTE);

    expect(scheduler.counts()['task-monitor']?.started).toBe(2);
  });

  it('waits at close for a run that ends soon, and starts no other', async () => {
    let end = (): void => undefined;
    const { clock, scheduler } = start(60, () => new Promise<void>((resolve) => (end = resolve)));
    await advance(clock, MINUTE);
    let isClosed = false;

    const closing = scheduler.close(60_000).then(() => (isClosed = true));
    await settle();
    expect(isClosed).toBe(false);
    end();
    await closing;
    await advance(clock, 10 * MINUTE);

    expect(scheduler.counts()['task-monitor']?.started).toBe(1);
  });

  it('aborts at close a run that does not end', async () => {
    let given: AbortSignal | undefined;
    const { clock, scheduler } = start(60, (_event, signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    await advance(clock, MINUTE);

    await scheduler.close(0);

    expect(given?.aborted).toBe(true);
  });
});
