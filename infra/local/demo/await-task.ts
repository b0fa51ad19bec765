import { waitFor } from './bounded-wait.ts';
import { DemoFailure } from './demo-failure.ts';
import type { GlobusSession, GlobusTask } from './globus-client.ts';
import type { Narrator } from './narrator.ts';

const LONGEST_TASK_SECONDS = 120;
/** What is smaller is copied before anybody could look. */
const LEAST_SHOWN_BYTES = 1_000_000;

/** A task to wait for, and how many bytes it is to copy. */
export interface AwaitedTask {
  readonly taskId: string;
  readonly totalBytes: number;
}

/**
 * Waits until Globus has ended a task, and shows how far it is.
 * @throws DemoFailure unless it ends as SUCCEEDED
 */
export async function awaitTask(
  { narrator, signal }: { readonly narrator: Narrator; readonly signal: AbortSignal },
  owner: GlobusSession,
  { taskId, totalBytes }: AwaitedTask,
): Promise<GlobusTask> {
  const order = { what: 'Globus to end the task', longestSeconds: LONGEST_TASK_SECONDS, signal };
  const task = await waitFor(order, async () => {
    const current = await owner.readTask(taskId);
    if (totalBytes >= LEAST_SHOWN_BYTES) narrator.showProgress(current.bytes_transferred, totalBytes);
    return ['SUCCEEDED', 'FAILED'].includes(current.status) ? current : undefined;
  });
  narrator.clear();
  if (task.status === 'SUCCEEDED') return task;
  const { code = 'no code', description = 'no reason given' } = task.fatal_error ?? {};
  throw new DemoFailure(`Globus ended task ${taskId} as ${task.status} (${code}: ${description}).`);
}
