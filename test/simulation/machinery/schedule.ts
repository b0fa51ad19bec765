import type { LocalClock } from '../../../infra/local/clock.ts';

/** Something that happens at a moment of virtual time, unless it is called off. */
export interface Appointment {
  readonly atMilliseconds: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time: nothing happens but what was put down here, the earliest first, and time jumps from one to the next. */
export class Schedule {
  now: number;
  /** Appointments that took place. */
  steps = 0;
  readonly startedAt: number;
  #order = 0;
  readonly #heap: Appointment[] = [];

  constructor(startMilliseconds: number) {
    this.now = startMilliseconds;
    this.startedAt = startMilliseconds;
  }

  at(atMilliseconds: number, run: () => void): Appointment {
    this.#order += 1;
    const appointment = { atMilliseconds: Math.max(this.now, Math.round(atMilliseconds)), order: this.#order, run };
    this.#push(appointment);
    return appointment;
  }

  after(milliseconds: number, run: () => void): Appointment {
    return this.at(this.now + Math.max(0, milliseconds), run);
  }

  callOff(appointment: Appointment): void {
    appointment.run = undefined;
  }

  /** Lets the next appointment take place. @returns it, or undefined when none is left before the given moment */
  async step(untilMilliseconds = Number.POSITIVE_INFINITY): Promise<Appointment | undefined> {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.atMilliseconds > untilMilliseconds) return undefined;
      this.#pop();
      const { run } = next;
      if (!run) continue;
      this.now = Math.max(this.now, next.atMilliseconds);
      this.steps += 1;
      run();
      await everythingDue();
      return next;
    }
  }

  /** The same time for the workflow engine. */
  asLocalClock(): LocalClock {
    return {
      nowMilliseconds: () => this.now,
      offsetMilliseconds: () => this.now - this.startedAt,
      shift: () => {
        throw new Error('virtual time is moved by its schedule alone');
      },
      waitUntil: (atMilliseconds, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          if (atMilliseconds <= this.now) return resolve();
          const appointment = this.at(atMilliseconds, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          const abort = () => {
            this.callOff(appointment);
            reject(signal?.reason);
          };
          signal?.addEventListener('abort', abort, { once: true });
        }),
    };
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let index = heap.push(appointment) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(appointment, heap[parent] as Appointment)) break;
      heap[index] = heap[parent] as Appointment;
      index = parent;
    }
    heap[index] = appointment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Appointment;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Appointment, heap[child] as Appointment)) child += 1;
      if (!isBefore(heap[child] as Appointment, last)) break;
      heap[index] = heap[child] as Appointment;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(one: Appointment, other: Appointment): boolean {
  return (
    one.atMilliseconds < other.atMilliseconds ||
    (one.atMilliseconds === other.atMilliseconds && one.order < other.order)
  );
}

/** A turn of the event loop: by its end every promise that can go on has gone on, since nothing here waits for input or output. */
function everythingDue(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
