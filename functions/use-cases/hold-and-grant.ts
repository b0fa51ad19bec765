import { type AccessRuleRow, mayHaveRule } from '../domain/access-rule.ts';
import { ExpectedError, UnavailableError } from '../domain/errors.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { findLiveTasks } from './find-live-tasks.ts';
import { type HoldRequest, holdRule } from './hold-rule.ts';
import { releaseRule } from './release-rule.ts';
import type { TakenTransfer } from './take-transfer.ts';

export type HoldAndGrantPorts = Pick<
  Ports,
  'clock' | 'random' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'workflow' | 'log'
>;

/**
 * Makes a REQUESTED transfer a holder of its access rule and turns it to GRANTED; its lease counts from the moment the rule is proven.
 * The workflow is not started here. What fails is undone: REFUSED, or left to the workflow as a lease that is over.
 * @throws ConflictError, UnavailableError, UpstreamRefusedError as holdRule does
 */
export async function holdAndGrant(
  ports: HoldAndGrantPorts,
  settings: { readonly leaseSeconds: number },
  taken: TakenTransfer,
  beforeCreate?: HoldRequest['beforeCreate'],
): Promise<TransferRecord> {
  const { record } = taken;
  // An earlier run may have had a rule and let go of it, or be about to; only who has just reserved the record knows that there was none.
  const isRepeat = record.version !== VERSION_AT_BIRTH;
  let mayHaveHadRule = isRepeat;
  const row = await holdRule(ports, {
    key: record,
    transferId: record.transferId,
    permission: record.permission,
    mayBeLettingGo: isRepeat,
    onRevive: () => {
      mayHaveHadRule = true;
    },
    ...(beforeCreate ? { beforeCreate } : {}),
  }).catch(async (error: unknown) => {
    await undo(ports, taken, error, mayHaveHadRule);
    throw error;
  });
  const leaseEndsAtEpochSeconds = ports.clock.nowEpochSeconds() + settings.leaseSeconds;
  const { bornAtEpochSeconds: ruleBornAtEpochSeconds } = row;
  const times = { leaseEndsAtEpochSeconds, ruleBornAtEpochSeconds, dueAtEpochSeconds: leaseEndsAtEpochSeconds };
  return taken
    .giveBack({ state: 'GRANTED', wasGranted: true, ...times }, 'the access rule is proven')
    .catch(async (error: unknown) => {
      // Perhaps written, perhaps not: the workflow reads the record and ends the lease either way.
      await startQuietly(ports, record);
      throw error;
    });
}

/** Whoever reserves a record works on it in its first version; everybody else takes it first, which is a write. */
const VERSION_AT_BIRTH = 1;

/**
 * Takes the holder back. What cannot be proven gone now, or is needed by a live task of another grant whose holder has let go meanwhile, is
 * left to the workflow, as a lease that is over.
 */
async function undo(
  ports: HoldAndGrantPorts,
  taken: TakenTransfer,
  cause: unknown,
  hadRuleBefore: boolean,
): Promise<void> {
  const { transferId } = taken.record;
  const why = cause instanceof ExpectedError ? cause.message : 'an unexpected error';
  try {
    let mayHaveHadRule = hadRuleBefore;
    const beforeLast = async (row: AccessRuleRow) => {
      mayHaveHadRule ||= mayHaveRule(row);
      await assertNotNeeded(ports, taken.record, row);
    };
    const released = await releaseRule(ports, { key: taken.record, transferId, beforeLast });
    // A rule that was taken here, or just before, may have had a task that is not listed yet: the end of a lease looks again.
    if (released.kind !== 'pending' && !mayHaveHadRule) {
      await taken.giveBack({ state: 'REFUSED' }, why);
      return;
    }
    await taken.giveBack({ leaseEndsAtEpochSeconds: ports.clock.nowEpochSeconds() }, why);
  } catch (error) {
    ports.log.warn('grant-not-undone', { transferId, error });
  }
  await startQuietly(ports, taken.record);
}

async function assertNotNeeded(ports: HoldAndGrantPorts, record: TransferRecord, row: AccessRuleRow): Promise<void> {
  if (!mayHaveRule(row)) return;
  const tasks = await findLiveTasks(ports, record, row);
  if (tasks.length > 0) throw new UnavailableError('A live task may need the access rule.');
}

async function startQuietly(
  ports: HoldAndGrantPorts,
  { transferId, executionNumber }: Pick<TransferRecord, 'transferId' | 'executionNumber'>,
): Promise<void> {
  await ports.workflow
    .start(transferId, executionNumber)
    .catch((error) => ports.log.error('workflow-not-started', { transferId, error }));
}
