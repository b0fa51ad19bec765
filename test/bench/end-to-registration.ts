import { openVirtualUpload } from '../support/virtual-upload.ts';
import type { Figure } from './figure.ts';
import { median } from './statistics.ts';

/** The task is submitted so long after the execution begins. */
const SUBMITTED_AT_SECONDS = 10;

/** Lengths of tasks in seconds, both ends among them. */
interface Lengths {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const SHORT: Lengths = { from: 1, to: 14, step: 1 };
const MIDDLE: Lengths = { from: 15, to: 64, step: 1 };
/** Two minutes' worth, so that tasks end all over the task monitor's minute. */
const LONGER: Lengths = { from: 65, to: 184, step: 3 };

/**
 * How long after its end a task is noticed and its files begin to be registered, by the waits of workflow and task monitor alone: in virtual
 * time, for tasks of each length.
 */
export async function measureEndToRegistration(signal: AbortSignal): Promise<readonly Figure[]> {
  const short = await secondsFor(SHORT, signal);
  const middle = await secondsFor(MIDDLE, signal);
  const longer = await secondsFor(LONGER, signal);
  const figure = (tasks: string, value: number, budget: number): Figure => {
    return { what: `Globus's end to registration: ${tasks}`, value, unit: 's', budget };
  };
  return [
    figure('tasks of 1 to 14 s, worst', Math.max(...short), 5),
    figure('tasks of 15 to 64 s, worst', Math.max(...middle), 20),
    figure('tasks of 65 to 184 s, median', median(longer), 45),
    figure('tasks of 65 to 184 s, worst', Math.max(...longer), 75),
  ];
}

async function secondsFor({ from, to, step }: Lengths, signal: AbortSignal): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let length = from; length <= to; length += step) {
    signal.throwIfAborted();
    const upload = await openVirtualUpload();
    try {
      await upload.uploadOf(length);
      const begun = upload.rig.calls.find(({ name }) => name === 'register-files');
      if (!begun) throw new Error(`an upload of ${length} s was never registered`);
      seconds.push(begun.atMilliseconds / 1000 - SUBMITTED_AT_SECONDS - length);
    } finally {
      await upload.close();
    }
  }
  return seconds;
}
