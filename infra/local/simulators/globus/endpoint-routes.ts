import type { SimulatorReply, SimulatorRequest, SimulatorRoute } from '../http/routes.ts';
import { type GlobusContext, requireCollection, withCaller } from './context.ts';
import { endpointDocument } from './endpoint-document.ts';
import { endpointSearch } from './endpoint-search.ts';
import { mayUseCollection } from './path-permission.ts';
import { readRole, roleList } from './role-documents.ts';
import { permissionDenied } from './transfer-error.ts';
import type { Caller } from './world.ts';

/** What collections there are, and who has a role on them (globus-api.md 2.1 and 2.8). */
export function endpointRoutes(context: GlobusContext): SimulatorRoute[] {
  const route = (
    pattern: string,
    handler: (context: GlobusContext, caller: Caller, request: SimulatorRequest) => SimulatorReply,
  ): SimulatorRoute => [
    'GET',
    `/v0.10/${pattern}`,
    withCaller(context, (caller, request) => handler(context, caller, request)),
  ];
  return [
    route('endpoint_search', endpointSearch),
    route('endpoint/{id}', readEndpoint),
    route('endpoint/{id}/role_list', roleList),
    route('endpoint/{id}/role/{role}', readRole),
  ];
}

function readEndpoint(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const collection = requireCollection(context, request.params['id'] ?? '');
  if (!collection.isPublic && !mayUseCollection(collection, caller)) throw permissionDenied();
  return { status: 200, body: endpointDocument(context.world, collection, caller) };
}
