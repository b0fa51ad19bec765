import type { TransferId } from '../domain/ids.ts';
import { dueAfter } from '../domain/next-step.ts';
import type { Ports } from '../ports/ports.ts';
import type { Wait } from './await-report.ts';
import { lookAtTask } from './look-at-task.ts';
import { isOutdated, NOTHING_MORE } from './succeed-execution.ts';
import { changeWhenFree } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

/**
 * Saves the token of the workflow step that waits for the task's end, then looks, and wakes the step itself when something else than waiting
 * is due: an end between the two is found either by the task monitor, which reads the token, or here (F-49).
 * @throws RecordTakenError, UnavailableError; the workflow repeats the step
 */
export async function awaitCompletion(
  ports: Parameters<typeof lookAtTask>[0] & Pick<Ports, 'workflow'>,
  transferId: TransferId,
  { taskToken, waitSeconds, executionNumber }: Wait,
): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  const saved = await changeWhenFree(ports, transferId, WORKERS['await-completion'], (found) =>
    isOutdated(found, executionNumber) ? undefined : { taskToken, dueAtEpochSeconds: dueAfter(now, waitSeconds) },
  );
  if (!saved) {
    await ports.workflow.wake(taskToken, NOTHING_MORE);
    return;
  }
  const due = await lookAtTask(ports, transferId, waitSeconds);
  if (due.next !== 'FOLLOW' || due.waitSeconds < waitSeconds) await ports.workflow.wake(taskToken, due);
}
