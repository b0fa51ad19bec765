import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something to be closed when the stack stops. */
export interface Closing {
  readonly name: string;
  close(): Promise<void>;
}

/** The stack must stop within 5 s (design 9); the rest is left for the process to end. */
const LONGEST_CLOSE_MILLISECONDS = 4_000;
/** What a single part may take of it: five parts do real work, the state on disk is safe at any moment. */
const LONGEST_PART_MILLISECONDS = 2_500;

/**
 * Closes parts one after another, last one first. A part that fails or takes too long does not keep the others open.
 * The list is emptied, so a second call does nothing.
 * @param longestPartMilliseconds - what a single part may take
 * @returns names of the parts that did not close properly
 */
export async function closeInTurn(
  parts: Closing[],
  longestPartMilliseconds = LONGEST_PART_MILLISECONDS,
): Promise<string[]> {
  const endsAt = performance.now() + LONGEST_CLOSE_MILLISECONDS;
  const leftOpen: string[] = [];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const limit = Math.max(50, Math.min(longestPartMilliseconds, endsAt - performance.now()));
    if (!(await isClosedWithin(part, limit))) leftOpen.push(part.name);
  }
  return leftOpen;
}

async function isClosedWithin(part: Closing, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const closed = (async () => part.close())().then(
    () => true,
    () => false,
  );
  const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const isClosed = await Promise.race([closed, late]);
  timer.abort();
  return isClosed;
}
