import {
  type AccessRuleKey,
  type AccessRuleRow,
  isAbandoned,
  isOurs,
  MAX_HOLDERS,
  nextRow,
  type Permission,
  suffices,
  usesForeignRule,
  wantedPermission,
} from '../domain/access-rule.ts';
import { ConflictError, UnavailableError } from '../domain/errors.ts';
import type { TransferId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { attemptCreate } from './create-rule.ts';
import { findRules } from './find-rules.ts';
import { makeRoom } from './make-room.ts';
import { deleteAndProve } from './release-rule.ts';

export interface HoldRequest {
  readonly key: AccessRuleKey;
  readonly transferId: TransferId;
  readonly permission: Permission;
  /** Runs once the holder is recorded and before the rule is first asked for: makes the directories. */
  readonly beforeCreate?: () => Promise<void>;
  /**
   * An earlier run of this transfer may have let go of the rule by a write that had no answer and may still land: a row that names the transfer is
   * written once more before it is relied on, so that it cannot.
   */
  readonly mayBeLettingGo?: boolean;
  /** Told when it takes over a row whose rule was just taken away: whoever did that leaves the look after it to this holder. */
  readonly onRevive?: () => void;
}

export type HoldPorts = Pick<Ports, 'clock' | 'random' | 'globus' | 'accessRules' | 'transfers' | 'claims' | 'log'>;

/** How long a holder waits for another worker's CREATING, UPDATING or DELETING before it takes over or gives up. */
const PATIENCE_MILLISECONDS = 10_000;
/**
 * Room on a full collection is looked for until so long after the start: a grant has 25 s, and a call to Globus that has begun, the repeated
 * create and the way back need the rest.
 */
const ROOM_MILLISECONDS = 10_000;
/** Bound for create calls made here; whoever comes next goes on with what they leave. */
const MAX_CREATE_CALLS = 3;
const POLL_MILLISECONDS = 300;
/** Slower, since each round is a call to Globus. */
const DELETION_POLL_MILLISECONDS = 1_000;

/**
 * Makes the transfer a holder of the rule and returns its row once the rule is proven to allow what it needs (design section 5).
 * The holder is in the row before the rule exists, so that whatever happens here, somebody finds it.
 * @throws ConflictError when a rule made by somebody else stands in the way and does not suffice
 * @throws UnavailableError when Globus does not answer, the collection is full, or another worker is slow
 */
export async function holdRule(ports: HoldPorts, request: HoldRequest): Promise<AccessRuleRow> {
  const row = await bringToPresent(ports, request, 'hold');
  if (!row) throw globusUnclear();
  return row;
}

/**
 * Brings a row that its worker has left, or whose rule somebody deleted, to PRESENT for one of its holders. Unlike holdRule it makes nobody
 * a holder: when the row or that holder is gone meanwhile, or another worker has taken the row up, it leaves (design section 5).
 * @returns the row, its rule proven; undefined when there was nothing to finish any more
 * @throws as holdRule does
 */
export function finishRow(
  ports: HoldPorts,
  request: Pick<HoldRequest, 'key' | 'transferId' | 'permission'>,
): Promise<AccessRuleRow | undefined> {
  return bringToPresent(ports, request, 'finish');
}

async function bringToPresent(
  ports: HoldPorts,
  request: HoldRequest,
  aim: 'hold' | 'finish',
): Promise<AccessRuleRow | undefined> {
  const { key, transferId, permission } = request;
  const startedAt = ports.clock.nowMilliseconds();
  const giveUpAt = startedAt + PATIENCE_MILLISECONDS;
  let callsMade = 0;
  /** Set while the passing state of the row is this call's own doing, so that it need not wait for itself. */
  let isMine = false;
  let isPrepared = false;
  /** Seen on the collection by this call, or made by it. */
  let isProven = false;
  let hasMadeRoom = false;
  let isFenced = !request.mayBeLettingGo;

  for (;;) {
    const row = await ports.accessRules.read(key);
    if (aim === 'finish' && (row?.state === 'DELETING' || row?.holders[transferId] === undefined)) return undefined;
    if (!row) {
      isMine = await giveBirth(ports, request);
      continue;
    }
    if (row.state === 'DELETING') {
      isMine = await revive(ports, row, request);
      if (isMine) request.onRevive?.();
      else await waitForDeletion(ports, giveUpAt);
      continue;
    }
    if (row.holders[transferId] === undefined) {
      isMine = await join(ports, row, request);
      continue;
    }
    if (!isFenced) {
      isFenced = await ports.accessRules.write(next(ports, row, {}));
      continue;
    }
    if (row.state === 'PRESENT') {
      if (!isProven && !(await isListed(ports, row))) {
        // Somebody deleted it by hand: it is made again for its holders.
        isMine = await markLost(ports, row);
        continue;
      }
      isProven = true;
      if (suffices(row.provenPermission, permission)) return row;
      if (usesForeignRule(row)) throw foreignRuleConflict(row);
      isMine = await ports.accessRules.write(next(ports, row, { state: 'UPDATING' }));
      continue;
    }
    if (!isMine && !isAbandoned(row, ports.clock.nowEpochSeconds())) {
      if (aim === 'finish') return undefined;
      await waitForWorker(ports, giveUpAt);
      continue;
    }
    if (row.state === 'UPDATING') {
      isMine = await raise(ports, row);
      continue;
    }
    if (!isPrepared) {
      await request.beforeCreate?.();
      isPrepared = true;
      continue;
    }
    if (callsMade >= MAX_CREATE_CALLS) throw globusUnclear();
    const attempt = await attemptCreate(ports, row);
    isMine = attempt.isMine;
    if (attempt.isSent) callsMade += 1;
    if (attempt.isFull) {
      // The sweep looks through the rows anyhow.
      if (hasMadeRoom || aim === 'finish') throw collectionFull(ports, key);
      const until = startedAt + ROOM_MILLISECONDS;
      await makeRoom(ports, key.collectionId, { hasTime: () => ports.clock.nowMilliseconds() < until });
      hasMadeRoom = true;
    }
    isProven = attempt.isSent && !attempt.isMine;
  }
}

/** The row is born with its first holder and with the ids of rules that are not ours. False: somebody else was first. */
async function giveBirth(ports: HoldPorts, { key, transferId, permission }: HoldRequest): Promise<boolean> {
  const foreign = await findRules(ports, key);
  return ports.accessRules.create({
    schemaVersion: 1,
    ...key,
    birthId: ports.random.uuid(),
    bornAtEpochSeconds: ports.clock.nowEpochSeconds(),
    version: 1,
    state: 'CREATING',
    stateSinceEpochSeconds: ports.clock.nowEpochSeconds(),
    ruleId: null,
    provenPermission: null,
    foreignRuleIds: foreign.map((rule) => rule.ruleId),
    holders: { [transferId]: permission },
    attemptId: null,
    createUnsettledUntilEpochSeconds: null,
  });
}

/**
 * A DELETING row whose rule is proven gone starts anew with this holder; calls that may still land stay remembered.
 * One whose worker is gone is first finished for it.
 */
async function revive(
  ports: HoldPorts,
  found: AccessRuleRow,
  { transferId, permission }: HoldRequest,
): Promise<boolean> {
  const row = isAbandoned(found, ports.clock.nowEpochSeconds()) ? (await deleteAndProve(ports, found))?.row : found;
  if (!row) return false;
  const listed = await findRules(ports, row);
  if (listed.some((rule) => isOurs(row, rule.ruleId))) return false;
  const isSettled = row.createUnsettledUntilEpochSeconds === null;
  return ports.accessRules.write(
    next(ports, row, {
      state: 'CREATING',
      ruleId: null,
      provenPermission: null,
      holders: { [transferId]: permission },
      foreignRuleIds: isSettled ? listed.map((rule) => rule.ruleId) : row.foreignRuleIds,
    }),
  );
}

async function join(ports: HoldPorts, row: AccessRuleRow, { transferId, permission }: HoldRequest): Promise<boolean> {
  if (Object.keys(row.holders).length >= MAX_HOLDERS) {
    throw new ConflictError(
      `This Globus identity has ${MAX_HOLDERS} open transfers for this dataset already. Finish or report some of them first.`,
    );
  }
  const holders = { ...row.holders, [transferId]: permission };
  const mustRaise =
    row.state === 'PRESENT' && !suffices(row.provenPermission, wantedPermission(holders)) && !usesForeignRule(row);
  const joined = await ports.accessRules.write(
    next(ports, row, { holders, ...(mustRaise ? { state: 'UPDATING' } : {}) }),
  );
  return joined && mustRaise;
}

/** A row whose rule is gone without our doing. The id stays: should the list have been wrong, the rule is still known as ours. */
const LOST = { state: 'CREATING', provenPermission: null } as const;

async function isListed(ports: HoldPorts, row: AccessRuleRow): Promise<boolean> {
  return (await findRules(ports, row)).some((rule) => rule.ruleId === row.ruleId);
}

/** The rule is to be made again for its holders; an operator is told, for somebody took it away from under them (F-57). */
async function markLost(ports: HoldPorts, row: AccessRuleRow): Promise<boolean> {
  const { collectionId, path, principal, ruleId } = row;
  const isMine = await ports.accessRules.write(next(ports, row, LOST));
  if (isMine) ports.log.error('access-rule-missing', { collectionId, path, principal, ruleId });
  return isMine;
}

/** UPDATING always ends in rw: nothing is weakened in place. */
async function raise(ports: HoldPorts, row: AccessRuleRow): Promise<boolean> {
  const { collectionId, ruleId } = row;
  const outcome = ruleId ? await ports.globus.updateAccessRule({ collectionId, ruleId, permission: 'rw' }) : 'missing';
  if (outcome === 'updated') {
    // Lost to a holder that joined: raising again does no harm.
    return !(await ports.accessRules.write(next(ports, row, { state: 'PRESENT', provenPermission: 'rw' })));
  }
  return markLost(ports, row);
}

function next(ports: Pick<Ports, 'clock'>, row: AccessRuleRow, changes: Partial<AccessRuleRow>): AccessRuleRow {
  return nextRow(row, changes, ports.clock.nowEpochSeconds());
}

async function waitForDeletion(ports: HoldPorts, giveUpAt: number): Promise<void> {
  if (ports.clock.nowMilliseconds() >= giveUpAt) {
    throw new UnavailableError('Access for this Globus identity is just being removed. Please repeat the request.');
  }
  await ports.clock.sleep(DELETION_POLL_MILLISECONDS);
}

/** A passing state is abandoned 15 s after it began, so nobody waits for twice the patience without being let in. */
async function waitForWorker(ports: HoldPorts, giveUpAt: number): Promise<void> {
  if (ports.clock.nowMilliseconds() >= giveUpAt + PATIENCE_MILLISECONDS) throw globusUnclear();
  await ports.clock.sleep(POLL_MILLISECONDS);
}

function globusUnclear(): UnavailableError {
  return new UnavailableError('Globus did not answer clearly whether access was granted. Please repeat the request.');
}

function collectionFull(ports: HoldPorts, { collectionId }: AccessRuleKey): UnavailableError {
  ports.log.error('access-rule-limit', { collectionId });
  return new UnavailableError(
    'The Globus collection holds as many access rules as it can. Please repeat the request later.',
    { retryAfterSeconds: 60 },
  );
}

function foreignRuleConflict(row: AccessRuleRow): ConflictError {
  return new ConflictError(
    `Permission already exists: somebody gave this Globus identity ${row.provenPermission === 'r' ? 'read' : 'other'} access to ${row.path} by hand, and it does not suffice. Ask the operators of the collection to remove that rule.`,
  );
}
