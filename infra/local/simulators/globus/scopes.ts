import { findCollection, type GlobusCollection, type GlobusWorld } from './world.ts';

export const TRANSFER_RESOURCE_SERVER = 'transfer.api.globus.org';
export const AUTH_RESOURCE_SERVER = 'auth.globus.org';
export const TRANSFER_SCOPE = `urn:globus:auth:scope:${TRANSFER_RESOURCE_SERVER}:all`;
export const DEFAULT_SCOPES = `openid profile email ${TRANSFER_SCOPE}`;

const OPENID_SCOPES = ['openid', 'profile', 'email'];
const URN_SCOPE = /^urn:globus:auth:scope:([^:]+):[^:]+$/;
const URL_SCOPE = /^https:\/\/auth\.globus\.org\/scopes\/([^/]+)\/(.+)$/;
/** Scopes of Flows carry the id of a client, while its tokens name the service. */
const RESOURCE_SERVERS: Readonly<Record<string, string>> = {
  'eec9b274-0c81-4334-bdc2-54e90e689b9a': 'flows.globus.org',
};

/** A scope with those that depend on it; `*` before a scope marks it as optional (globus-api.md 1.1). */
export interface ScopeNode {
  readonly scope: string;
  readonly isOptional: boolean;
  readonly dependencies: readonly ScopeNode[];
}

/** The scope that lets Transfer look into a mapped collection for someone. */
export function dataAccessScope(collectionId: string): string {
  return `https://auth.globus.org/scopes/${collectionId}/data_access`;
}

/** Mapped collections need `data_access`; guest and personal ones do not know that scope (globus-api.md 1.1). */
export function needsDataAccess(collection: GlobusCollection): boolean {
  return collection.entityType === 'GCSv5_mapped_collection';
}

/**
 * The scopes of a request as trees: `a[b *c] d`.
 * @throws RangeError when the brackets do not fit
 */
export function parseScopes(text: string): ScopeNode[] {
  const roots: ScopeNode[] = [];
  const levels = [roots];
  let isOptional = false;
  let belowLatest: ScopeNode[] | undefined;
  for (const part of text.match(/[[\]*]|[^\s[\]*]+/g) ?? []) {
    if (part === '*') {
      isOptional = true;
    } else if (part === '[') {
      if (!belowLatest) throw new RangeError('a bracket in the scopes follows no scope');
      levels.push(belowLatest);
      belowLatest = undefined;
    } else if (part === ']') {
      if (levels.length === 1) throw new RangeError('the scopes hold a bracket too many');
      levels.pop();
      belowLatest = undefined;
    } else {
      belowLatest = [];
      levels.at(-1)?.push({ scope: part, isOptional, dependencies: belowLatest });
      isOptional = false;
    }
  }
  if (levels.length > 1) throw new RangeError('the scopes lack a bracket');
  return roots;
}

/**
 * Scopes grouped by the resource server they belong to, in the order in which the servers first appear.
 * Scopes nested in brackets depend on the one before and do not count on their own.
 * @throws RangeError for a scope of an unknown shape
 */
export function scopesByResourceServer(text: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const { scope } of parseScopes(text)) {
    const server = resourceServerOf(scope);
    if (server === undefined) throw new RangeError(`unknown scope ${scope}`);
    const scopes = result.get(server) ?? [];
    if (!scopes.includes(scope)) result.set(server, [...scopes, scope]);
  }
  return result;
}

/** What a request asks for and nobody knows, `data_access` of a collection that needs none included. */
export function unknownScopes(world: GlobusWorld, nodes: readonly ScopeNode[]): string[] {
  return nodes.flatMap(({ scope, dependencies }) => [
    ...(isKnown(world, scope) ? [] : [scope]),
    ...unknownScopes(world, dependencies),
  ]);
}

function isKnown(world: GlobusWorld, scope: string): boolean {
  const [, owner, name] = URL_SCOPE.exec(scope) ?? [];
  if (name !== 'data_access') return resourceServerOf(scope) !== undefined;
  const collection = findCollection(world, owner ?? '');
  return collection !== undefined && needsDataAccess(collection);
}

function resourceServerOf(scope: string): string | undefined {
  if (OPENID_SCOPES.includes(scope)) return AUTH_RESOURCE_SERVER;
  const server = URN_SCOPE.exec(scope)?.[1] ?? URL_SCOPE.exec(scope)?.[1];
  return server === undefined ? undefined : (RESOURCE_SERVERS[server] ?? server);
}
