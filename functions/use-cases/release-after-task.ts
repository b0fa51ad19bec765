import type { AccessRuleRow } from '../domain/access-rule.ts';
import type { TransferId } from '../domain/ids.ts';
import { dueAfter, nextStep, type StepResult } from '../domain/next-step.ts';
import type { Ports } from '../ports/ports.ts';
import { observeUnreportedTask } from './observe-unreported-task.ts';
import { releaseRule } from './release-rule.ts';
import { runStepIfDue } from './run-step.ts';
import { SECOND_LOOK_AFTER_SECONDS } from './verify-task.ts';
import { WORKERS } from './workers.ts';

/**
 * Lets go of the access rule once the task has ended; with the last holder the rule is deleted and proven gone, unless a live task that
 * nobody reported still needs it; closing looks once more. Registration comes after that, since whoever may write could still change the files (F-54).
 * @throws UnavailableError when Globus does not answer; the workflow repeats the step
 */
export async function releaseAfterTask(
  ports: Pick<Ports, 'clock' | 'random' | 'globus' | 'transfers' | 'accessRules' | 'claims' | 'workflow' | 'log'>,
  transferId: TransferId,
): Promise<StepResult> {
  return runStepIfDue(ports, transferId, WORKERS['release-access-rule'], 'RELEASE', async (taken, now) => {
    const beforeLast = async (row: AccessRuleRow) => void (await observeUnreportedTask(ports, taken, row));
    const released = await releaseRule(ports, { key: taken.record, transferId, beforeLast });
    if (released.kind === 'pending') {
      await taken.giveBack({ dueAtEpochSeconds: dueAfter(now, released.waitSeconds) });
      return { next: 'RELEASE', waitSeconds: released.waitSeconds };
    }
    // Where others hold the rule, they will look.
    const isGone = released.kind === 'gone';
    const secondLookAtEpochSeconds = isGone ? ports.clock.nowEpochSeconds() + SECOND_LOOK_AFTER_SECONDS : null;
    const record = await taken.giveBack(
      {
        state: 'SETTLING',
        attention: null,
        ruleReleased: true,
        secondLookAtEpochSeconds,
        dueAtEpochSeconds: dueAfter(now, 0),
      },
      'the access rule is released',
    );
    return nextStep(record, now);
  });
}
