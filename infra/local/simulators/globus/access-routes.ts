import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import {
  type AccessRule,
  type NewAccessRule,
  type Permissions,
  PRINCIPAL_TYPES,
  type PrincipalType,
} from './access-rules.ts';
import { type GlobusContext, requireCollection, withCaller } from './context.ts';
import { isoTime, isUuid, jsonObject, parseTime, resultReply } from './documents.ts';
import { permissionDenied, TransferError } from './transfer-error.ts';
import { type Caller, effectiveRoles, type GlobusCollection } from './world.ts';

const LONGEST_RULE_PATH = 2000;

/** Access rules of guest collections (globus-api.md 2.1). */
export function accessRoutes(context: GlobusContext): SimulatorRoute[] {
  return [
    ['POST', '/v0.10/endpoint/{id}/access', withCaller(context, (caller, request) => create(context, caller, request))],
    [
      'GET',
      '/v0.10/endpoint/{id}/access_list',
      withCaller(context, (caller, request) => list(context, caller, request)),
    ],
    [
      'GET',
      '/v0.10/endpoint/{id}/access/{rule}',
      withCaller(context, (caller, request) => read(context, caller, request)),
    ],
    [
      'PUT',
      '/v0.10/endpoint/{id}/access/{rule}',
      withCaller(context, (caller, request) => change(context, caller, request)),
    ],
    [
      'DELETE',
      '/v0.10/endpoint/{id}/access/{rule}',
      withCaller(context, (caller, request) => remove(context, caller, request)),
    ],
  ];
}

/**
 * A rule from an `access` document, checked.
 * @throws TransferError 400 InvalidPath or BadRequest
 */
export function parseRule(collectionId: string, document: Readonly<Record<string, unknown>>): NewAccessRule {
  const { principal_type: principalType = 'identity', principal = '', path, permissions } = document;
  if (document['DATA_TYPE'] !== undefined && document['DATA_TYPE'] !== 'access')
    throw badAccess('DATA_TYPE must be "access"');
  if (!PRINCIPAL_TYPES.includes(principalType as PrincipalType)) throw badAccess('unknown principal_type');
  const isOpen = principalType === 'all_authenticated_users' || principalType === 'anonymous';
  if (isOpen ? principal !== '' : !isUuid(principal)) throw badAccess('principal does not fit principal_type');
  return {
    collectionId,
    principalType: principalType as PrincipalType,
    principal: (principal as string).toLowerCase(),
    path: parseRulePath(path),
    permissions: parsePermissions(permissions),
    expiresAtMilliseconds: parseExpiration(document['expiration_date']),
  };
}

/** The `access` document of a stored rule. */
export function accessDocument(rule: AccessRule) {
  return {
    DATA_TYPE: 'access',
    id: rule.id,
    principal_type: rule.principalType,
    principal: rule.principal,
    path: rule.path,
    permissions: rule.permissions,
    create_time: isoTime(rule.createdAtMilliseconds),
    expiration_date: isoTime(rule.expiresAtMilliseconds),
    role_id: null,
    role_type: null,
  };
}

/** All rules of a collection as `access_list` shows them: the stored ones, then those that follow from roles. */
export function accessListDocument(context: GlobusContext, collection: GlobusCollection) {
  const implicit = collection.roles
    .filter(({ role }) => role === 'administrator' || role === 'access_manager')
    .map(({ id, principal, role }) => ({
      DATA_TYPE: 'access',
      id: null,
      principal_type: 'identity',
      principal,
      path: '/',
      permissions: 'rw',
      create_time: null,
      expiration_date: null,
      role_id: id,
      role_type: role,
    }));
  const rules = [...context.rules.list(collection.id).map(accessDocument), ...implicit];
  return { DATA_TYPE: 'access_list', endpoint: collection.id, length: rules.length, DATA: rules };
}

function create(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const collection = manageable(context, caller, request, true);
  const rule = parseRule(collection.id, parseBody(request));
  const present = context.rules.list(collection.id);
  if (present.some((each) => each.principal === rule.principal && sameKind(each, rule) && each.path === rule.path))
    throw new TransferError(409, 'Exists', `An access rule for this principal and path '${rule.path}' already exists`);
  const { ruleLimit } = context.settings;
  if (present.length >= ruleLimit)
    throw new TransferError(409, 'LimitExceeded', `The collection already has ${ruleLimit} access rules`);
  const { id } = context.rules.add(rule);
  return resultReply(request, 201, {
    DATA_TYPE: 'access_create_result',
    code: 'Created',
    access_id: id,
    message: 'Access rule created successfully.',
  });
}

function list(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  return { status: 200, body: accessListDocument(context, manageable(context, caller, request, false)) };
}

function read(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const collection = manageable(context, caller, request, false);
  return { status: 200, body: accessDocument(requireRule(context, collection, request)) };
}

function change(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const collection = manageable(context, caller, request, true);
  const rule = requireRule(context, collection, request);
  const document = parseBody(request);
  context.rules.change(rule, {
    ...(document['permissions'] === undefined ? {} : { permissions: parsePermissions(document['permissions']) }),
    ...(document['expiration_date'] === undefined
      ? {}
      : { expiresAtMilliseconds: parseExpiration(document['expiration_date']) }),
  });
  const message = `Access rule '${rule.id}' permissions updated successfully`;
  return resultReply(request, 200, { DATA_TYPE: 'result', code: 'Updated', message });
}

function remove(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const collection = manageable(context, caller, request, false);
  const rule = requireRule(context, collection, request);
  context.rules.remove(rule);
  const message = `Access rule '${rule.id}' deleted successfully`;
  return resultReply(request, 200, { DATA_TYPE: 'result', code: 'Deleted', message });
}

/** The collection, if the caller may work on its rules; who is restricted may read and delete only. */
function manageable(
  context: GlobusContext,
  caller: Caller,
  request: SimulatorRequest,
  isChange: boolean,
): GlobusCollection {
  const collection = requireCollection(context, request.params['id'] ?? '');
  const roles = effectiveRoles(collection, caller);
  const isManager = roles.includes('administrator') || roles.includes('access_manager');
  if (!isManager && (isChange || !roles.includes('restricted_administrator'))) throw permissionDenied();
  if (!collection.aclAvailable)
    throw new TransferError(409, 'NotSupported', 'Access rules exist on guest collections only');
  return collection;
}

function requireRule(context: GlobusContext, collection: GlobusCollection, request: SimulatorRequest): AccessRule {
  const id = request.params['rule'] ?? '';
  const rule = context.rules.find(collection.id, id);
  if (!rule) throw new TransferError(404, 'AccessRuleNotFound', `Access rule '${id}' was not found on the endpoint`);
  return rule;
}

function parseBody(request: SimulatorRequest): Record<string, unknown> {
  try {
    return jsonObject(request.body);
  } catch {
    throw badAccess('the body must be a JSON object');
  }
}

function parseRulePath(path: unknown): string {
  const isFit =
    typeof path === 'string' &&
    path.startsWith('/') &&
    path.endsWith('/') &&
    !/\/\.\.?\//.test(path) &&
    encodeURI(path).length <= LONGEST_RULE_PATH;
  if (!isFit) throw new TransferError(400, 'InvalidPath', 'path must start and end with "/", without "/../" or "/./"');
  return path;
}

function parsePermissions(permissions: unknown): Permissions {
  if (permissions !== 'r' && permissions !== 'rw') throw badAccess('permissions must be "r" or "rw"');
  return permissions;
}

function parseExpiration(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const milliseconds = typeof value === 'string' ? parseTime(value) : undefined;
  if (milliseconds === undefined) throw badAccess('expiration_date must be an ISO 8601 date');
  return milliseconds;
}

function sameKind(a: Pick<AccessRule, 'principalType'>, b: Pick<AccessRule, 'principalType'>): boolean {
  return a.principalType === b.principalType;
}

/** Plain `BadRequest`: rule calls are not seen to use the `ClientError.` form. */
function badAccess(message: string): TransferError {
  return new TransferError(400, 'BadRequest', message);
}
