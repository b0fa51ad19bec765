import { requireAccount } from './authentication.ts';
import { accountOf, type Caller } from './callers.ts';
import { persistentIdOf } from './dataset-records.ts';
import type { ApiRoute, Call, Installation } from './installation.ts';
import { isLockType, LOCK_TYPES, type LockRecord, type LockType } from './lock-records.ts';
import { findDataset, isAllowed } from './lookups.ts';
import { ApiFailure, failure, ok, okMessage, pathNotFound } from './replies.ts';
import type { UserRecord } from './user-records.ts';

/** Locks (dataverse-api.md 4.4). The list of one dataset is open to all and does not look at credentials. */
export const lockRoutes: readonly ApiRoute[] = [
  ['GET', '/datasets/locks', allLocks],
  ['GET', '/datasets/{id}/locks', locksOfDataset, { credentials: 'none' }],
  ['POST', '/datasets/{id}/lock/{lockType}', lock],
  ['DELETE', '/datasets/{id}/locks', unlock],
];

/**
 * Why the dataset may not be edited now, or undefined (dataverse-api.md 4.4).
 * @param purpose - saving a version tolerates an Ingest lock, starting an edit does not
 */
export function editRefusal(
  dataverse: Installation,
  caller: Caller,
  datasetId: number,
  purpose: 'edit' | 'save',
): string | undefined {
  const types = dataverse.locks.of(datasetId).map((each) => each.lockType);
  const isBlocking = (type: LockType) => type !== 'InReview' && !(type === 'Ingest' && purpose === 'save');
  if (types.some(isBlocking)) return 'Dataset cannot be edited due to dataset lock.';
  if (types.includes('InReview') && !isAllowed(dataverse, caller, datasetId, 'PublishDataset')) {
    return 'Dataset cannot be edited due to In Review dataset lock.';
  }
  return undefined;
}

function allLocks({ dataverse, caller, request }: Call) {
  const account = accountOf(caller);
  if (!account) return failure(401, 'Authentication is required.');
  if (!account.superuser) return failure(403, 'Superusers only.');
  const type = request.query.get('type');
  if (type !== null && !isLockType(type)) {
    return failure(400, `Invalid lock type value: ${type}; valid lock types: ${LOCK_TYPES.join(', ')}`);
  }
  const user = request.query.get('userIdentifier');
  if (user !== null && !dataverse.users.byName(user)) return failure(400, `Unknown user identifier: ${user}`);
  const locks = dataverse.locks
    .all()
    .filter((each) => (type === null || each.lockType === type) && (user === null || each.userName === user));
  return ok(locks.map((each) => lockJson(dataverse, each)));
}

function locksOfDataset(call: Call) {
  const type = lockTypeInQuery(call);
  if (type === 'unknown') return pathNotFound(call.request);
  const dataset = findDataset(call);
  const locks = call.dataverse.locks.of(dataset.id).filter((each) => type === undefined || each.lockType === type);
  return ok(locks.map((each) => lockJson(call.dataverse, each)));
}

function lock(call: Call) {
  const { dataverse, request } = call;
  const lockType = request.params['lockType'] ?? '';
  if (!isLockType(lockType)) return pathNotFound(request);
  const user = requireSuperuser(call);
  const dataset = findDataset(call);
  const placedAtMilliseconds = dataverse.clock.nowMilliseconds();
  const isPlaced = dataverse.locks.place({
    datasetId: dataset.id,
    lockType,
    userName: user.name,
    message: null,
    placedAtMilliseconds,
  });
  if (!isPlaced) return failure(403, `dataset already locked with lock type ${lockType}`);
  return okMessage(`dataset locked with lock type ${lockType}`);
}

function unlock(call: Call) {
  const type = lockTypeInQuery(call);
  if (type === 'unknown') return pathNotFound(call.request);
  requireSuperuser(call);
  const dataset = findDataset(call);
  const removed = call.dataverse.locks.remove(dataset.id, type);
  // Without a type all locks go, those of others included (dataverse-api.md 4.4).
  if (type === undefined) return okMessage(removed > 0 ? 'locks removed' : 'dataset not locked');
  return okMessage(removed > 0 ? `lock type ${type} removed` : `no lock type ${type} on the dataset`);
}

function lockTypeInQuery({ request }: Call): LockType | 'unknown' | undefined {
  const type = request.query.get('type');
  if (type === null) return undefined;
  return isLockType(type) ? type : 'unknown';
}

function requireSuperuser({ caller }: Call): UserRecord {
  const user = requireAccount(caller);
  if (!user.superuser) throw new ApiFailure(403, 'This API end point can be used by superusers only.');
  return user;
}

function lockJson(dataverse: Installation, each: LockRecord) {
  const dataset = dataverse.datasets.byId(each.datasetId);
  return {
    lockType: each.lockType,
    date: javaDate(each.placedAtMilliseconds),
    user: each.userName,
    dataset: dataset ? persistentIdOf(dataset) : '',
    ...(each.message === null ? {} : { message: each.message }),
  };
}

/** Java's `Date.toString()`: `Tue Feb 03 04:05:06 UTC 2026`. */
function javaDate(milliseconds: number): string {
  const [weekday = '', date, month, year, time] = new Date(milliseconds).toUTCString().split(' ');
  return `${weekday.replace(',', '')} ${month} ${date} ${time} UTC ${year}`;
}
