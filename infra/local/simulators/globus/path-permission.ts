import type { AccessRule, AccessRuleBook, Permissions } from './access-rules.ts';
import { coversPath } from './paths.ts';
import { type Caller, effectiveRoles, type GlobusCollection } from './world.ts';

/**
 * Whether a caller may touch a path, and if not, how a collection words it:
 * `no-rules` when nothing on the collection is theirs, `path-not-allowed` when what is theirs does not reach so far.
 */
export type PathDecision = 'allowed' | 'no-rules' | 'path-not-allowed' | 'not-yours' | 'not-connected';

/** Judges one access to a canonical path at this very moment (globus-api.md 1.8 and 2.1). */
export function decidePath(
  rules: AccessRuleBook,
  collection: GlobusCollection,
  caller: Caller,
  path: string,
  wanted: Permissions,
): PathDecision {
  if (collection.isConnected === false) return 'not-connected';
  if (!isGuestCollection(collection)) return mayUseCollection(collection, caller) ? 'allowed' : 'not-yours';
  // Who manages a guest collection has rw on its root without any rule (globus-api.md 2.1).
  const roles = effectiveRoles(collection, caller);
  if (roles.includes('administrator') || roles.includes('access_manager')) return 'allowed';
  const own = rules.list(collection.id).filter((rule) => concernsCaller(rule, caller));
  if (own.length === 0) return 'no-rules';
  const fits = own.some(
    (rule) => coversPath(rule.canonicalPath, path) && (wanted === 'r' || rule.permissions === 'rw'),
  );
  return fits ? 'allowed' : 'path-not-allowed';
}

/** Whether a caller may use a collection at all; on guest collections that is left to the rules. */
export function mayUseCollection(collection: GlobusCollection, caller: Caller): boolean {
  if (isGuestCollection(collection)) return true;
  if (collection.users) return collection.users.some((user) => caller.identityIds.includes(user));
  return caller.identityIds.includes(collection.ownerId);
}

/** Whether access rules decide who may use a collection. */
export function isGuestCollection(collection: GlobusCollection): boolean {
  return collection.entityType.endsWith('_guest_collection');
}

/** Whether a rule is meant for a caller. */
export function concernsCaller(rule: AccessRule, caller: Caller): boolean {
  if (rule.principalType === 'identity') return caller.identityIds.includes(rule.principal);
  return rule.principalType === 'all_authenticated_users' || rule.principalType === 'anonymous';
}
