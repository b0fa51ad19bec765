import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { type GlobusContext, requireCollection } from './context.ts';
import { uuidFrom } from './documents.ts';
import { permissionDenied, TransferError } from './transfer-error.ts';
import { type Caller, effectiveRoles, type GlobusCollection } from './world.ts';

/**
 * `GET /endpoint/<id>/role_list` (globus-api.md 2.1), for whoever has a role on the collection.
 * @throws TransferError 403 PermissionDenied, 404 EndpointNotFound
 */
export function roleList(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  return { status: 200, body: { DATA_TYPE: 'role_list', DATA: rolesShownTo(context, caller, request) } };
}

/** One of those roles. @throws TransferError 403 PermissionDenied, 404 EndpointNotFound or RoleNotFound */
export function readRole(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const id = request.params['role'] ?? '';
  const role = rolesShownTo(context, caller, request).find((each) => each.id === id);
  if (!role) throw new TransferError(404, 'RoleNotFound', `Role '${id}' was not found on the endpoint`);
  return { status: 200, body: role };
}

function rolesShownTo(context: GlobusContext, caller: Caller, request: SimulatorRequest) {
  const collection = requireCollection(context, request.params['id'] ?? '');
  if (effectiveRoles(collection, caller).length === 0) throw permissionDenied();
  return [ownersRole(collection), ...collection.roles].map(({ id, principal, role }) => ({
    DATA_TYPE: 'role',
    id,
    principal_type: 'identity',
    principal,
    role,
  }));
}

/** The owner is an administrator without an entry. */
function ownersRole({ id, ownerId }: GlobusCollection) {
  return { id: uuidFrom(`owner of ${id}`), principal: ownerId, role: 'administrator' as const };
}
