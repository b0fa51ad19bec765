import {
  type AccessRuleKey,
  type AccessRuleRow,
  CREATE_UNSETTLED_SECONDS,
  nextRow,
  wantedPermission,
} from '../domain/access-rule.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { RuleId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { findRules } from './find-rules.ts';

type CreatePorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'accessRules' | 'log'>;

interface Attempt {
  /** A create call was made. */
  readonly isSent: boolean;
  /** The row is still this call's to work on. */
  readonly isMine: boolean;
  /** Globus refused, since the collection holds as many rules as it can (G1): nothing was made. */
  readonly isFull?: boolean;
}

/**
 * One create call. Before it the row says until when the call may land; a definite answer takes that back only if no earlier call is open.
 */
export async function attemptCreate(ports: CreatePorts, row: AccessRuleRow): Promise<Attempt> {
  const attemptId = ports.random.uuid();
  const hadOpenCall = row.createUnsettledUntilEpochSeconds !== null;
  const permission = wantedPermission(row.holders);
  const now = ports.clock.nowEpochSeconds();
  const createUnsettledUntilEpochSeconds = now + CREATE_UNSETTLED_SECONDS;
  if (!(await ports.accessRules.write(nextRow(row, { attemptId, createUnsettledUntilEpochSeconds }, now)))) {
    // A holder that merely joined does not take the attempt away.
    const current = await ports.accessRules.read(row);
    return { isSent: false, isMine: current?.state === 'CREATING' && current.attemptId === row.attemptId };
  }

  const { collectionId, path, principal } = row;
  const settled = hadOpenCall ? {} : { createUnsettledUntilEpochSeconds: null };
  const outcome = await ports.globus
    .createAccessRule({ collectionId, path, principal, permission })
    .catch(async (refusal: unknown) => {
      // The port throws only when the call certainly had no effect.
      if (refusal instanceof ExpectedError) await writeAttempt(ports, row, attemptId, () => settled);
      throw refusal;
    });
  switch (outcome.kind) {
    case 'created':
      await writeAttempt(ports, row, attemptId, () => ({
        state: 'PRESENT',
        ruleId: outcome.ruleId,
        provenPermission: permission,
        ...settled,
      }));
      return { isSent: true, isMine: false };
    case 'exists':
      // Definite, and noted before the list is asked, which may fail: else the next look would take the rule for ours.
      await writeAttempt(ports, row, attemptId, () => settled);
      return { isSent: true, isMine: await adopt(ports, row, attemptId, hadOpenCall) };
    case 'limit-exceeded':
      await writeAttempt(ports, row, attemptId, () => settled);
      return { isSent: true, isMine: true, isFull: true };
    case 'unknown':
      ports.log.warn('access-rule-create-unclear', { collectionId, path, reason: outcome.reason });
      return { isSent: true, isMine: true };
  }
}

/**
 * Takes up the rule that made Globus answer "exists". Without an earlier open call of ours it is somebody else's, unless the row names it.
 * @returns whether it is gone again, so that this call may try once more
 */
async function adopt(
  ports: CreatePorts,
  key: AccessRuleKey,
  attemptId: string,
  hadOpenCall: boolean,
): Promise<boolean> {
  const [found] = await findRules(ports, key);
  if (!found) return true;
  await writeAttempt(ports, key, attemptId, (current) => ({
    state: 'PRESENT',
    ruleId: found.ruleId,
    provenPermission: found.permission,
    foreignRuleIds:
      hadOpenCall || found.ruleId === current.ruleId
        ? current.foreignRuleIds
        : withId(current.foreignRuleIds, found.ruleId),
  }));
  return false;
}

/** Writes the outcome of an attempt while the row is still CREATING by that attempt, whoever joined it meanwhile. */
async function writeAttempt(
  ports: CreatePorts,
  key: AccessRuleKey,
  attemptId: string,
  changes: (current: AccessRuleRow) => Partial<AccessRuleRow>,
): Promise<void> {
  for (;;) {
    const current = await ports.accessRules.read(key);
    if (current?.state !== 'CREATING' || current.attemptId !== attemptId) return;
    if (await ports.accessRules.write(nextRow(current, changes(current), ports.clock.nowEpochSeconds()))) return;
  }
}

function withId(ids: readonly RuleId[], id: RuleId): readonly RuleId[] {
  return ids.includes(id) ? ids : [...ids, id];
}
