import { usesForeignRule } from '../domain/access-rule.ts';
import { observeUnreportedTask } from './observe-unreported-task.ts';
import type { TakenTransfer } from './take-transfer.ts';
import { SUBMISSION_TOLERANCE_SECONDS } from './verify-task.ts';

export type SecondLookPorts = Parameters<typeof observeUnreportedTask>[0];

/**
 * The look ten seconds after the release, by whichever step comes first then: a task may be listed only some seconds after its submission, and
 * one that slipped in before the rule was taken gets it back. The breach is counted, as at the end of a lease (F-15).
 * @throws UnavailableError when Globus does not answer; the step is repeated, and looks first
 */
export async function lookAgainIfDue(ports: SecondLookPorts, taken: TakenTransfer, now: number): Promise<void> {
  const { secondLookAtEpochSeconds: due, transferId, breaches } = taken.record;
  if (due === null || now < due) return;
  const row = await ports.accessRules.read(taken.record);
  // Whoever holds it by now will look when they let go, but no further back than the birth of their row, and not while it has no rule.
  const isHeld =
    row !== undefined && Object.keys(row.holders).length > 0 && row.ruleId !== null && !usesForeignRule(row);
  const before = isHeld ? row.bornAtEpochSeconds - SUBMISSION_TOLERANCE_SECONDS : Number.POSITIVE_INFINITY;
  const isBreach = await observeUnreportedTask(ports, taken, row, before);
  await taken.write(
    { secondLookAtEpochSeconds: null, breaches: breaches + (isBreach ? 1 : 0) },
    'a live task was listed after its access rule was taken: it is given back',
  );
  if (isBreach) ports.log.error('access-rule-restored', { transferId });
}
