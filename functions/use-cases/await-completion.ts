import type { TransferId } from '../domain/ids.ts';
import { dueAfter } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { lookAtTask } from './look-at-task.ts';
import { withTransfer } from './take-transfer.ts';
import { WORKERS } from './workers.ts';

/**
 * Saves the token of the workflow step that waits for the task's end, then looks, and wakes the step itself when something else than waiting
 * is due: an end between the two is found either by the task monitor, which reads the token, or here (F-49).
 * @throws RecordTakenError, UnavailableError; the workflow repeats the step
 */
export async function awaitCompletion(
  ports: Parameters<typeof lookAtTask>[0] & Pick<Ports, 'workflow'>,
  transferId: TransferId,
  { taskToken, waitSeconds }: { readonly taskToken: string; readonly waitSeconds: number },
): Promise<void> {
  const now = ports.clock.nowEpochSeconds();
  await withTransfer(ports, transferId, WORKERS['await-completion'], (taken) =>
    taken.giveBack({ taskToken, dueAtEpochSeconds: dueAfter(now, waitSeconds) }),
  );
  const due = await lookAtTask(ports, transferId, waitSeconds);
  if (due.next !== 'FOLLOW') await ports.workflow.wake(taskToken, due);
}
