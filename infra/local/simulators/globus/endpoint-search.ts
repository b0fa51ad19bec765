import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import type { GlobusContext } from './context.ts';
import { endpointDocument } from './endpoint-document.ts';
import { concernsCaller, isGuestCollection, mayUseCollection } from './path-permission.ts';
import { wholeNumber } from './query-numbers.ts';
import { TransferError } from './transfer-error.ts';
import { type Caller, effectiveRoles, findCollection, findIdentity, type GlobusCollection } from './world.ts';

const MOST_PER_PAGE = 100;
/** Globus shows no more than the first thousand (globus-api.md 2.8). */
const MOST_RESULTS = 1000;
const RUNNING = ['ACTIVE', 'INACTIVE'] as const;

type Scope = (context: GlobusContext, caller: Caller) => readonly GlobusCollection[];

/**
 * `GET /endpoint_search` (globus-api.md 2.8). A collection that is not public is found by those only who may use it.
 * @throws TransferError 400 BadRequest
 */
export function endpointSearch(context: GlobusContext, caller: Caller, request: SimulatorRequest): SimulatorReply {
  const { query } = request;
  const limit = Math.min(wholeNumber(query.get('limit'), MOST_PER_PAGE, 'limit'), MOST_PER_PAGE);
  const offset = wholeNumber(query.get('offset'), 0, 'offset');
  if (offset + limit > MOST_RESULTS) throw badSearch(`offset and limit reach at most ${MOST_RESULTS} results`);
  const scopeName = query.get('filter_scope') || 'all';
  const scope = SCOPES[scopeName];
  if (!scope) throw badSearch(`unknown filter_scope '${scopeName}'`);
  if (scopeName === 'all' && !query.get('filter_fulltext')) throw badSearch('filter_fulltext is required in scope all');
  const accepts = [
    (collection: GlobusCollection) => isVisible(collection, caller),
    fulltextFilter(context, query.get('filter_fulltext')),
    equalsFilter(query.get('filter_owner_id'), ({ ownerId }) => ownerId),
    equalsFilter(query.get('filter_host_endpoint'), ({ hostEndpointId }) => hostEndpointId),
    typeFilter(query.get('filter_entity_type')),
  ];
  const found = scope(context, caller).filter((collection) => accepts.every((accept) => accept(collection)));
  return {
    status: 200,
    body: {
      DATA_TYPE: 'endpoint_list',
      limit,
      offset,
      has_next_page: found.length > offset + limit,
      DATA: found
        .slice(offset, offset + limit)
        .map((collection) => endpointDocument(context.world, collection, caller)),
    },
  };
}

const SCOPES: Readonly<Record<string, Scope>> = {
  all: ({ world }) => world.collections,
  'my-endpoints': ({ world }, caller) => world.collections.filter((each) => owns(each, caller)),
  'my-gcp-endpoints': ({ world }, caller) =>
    world.collections.filter((each) => owns(each, caller) && each.entityType === 'GCP_mapped_collection'),
  'recently-used': (context, caller) => usedBy(context, caller, false),
  'in-use': (context, caller) => usedBy(context, caller, true),
  'shared-by-me': ({ world }, caller) =>
    world.collections.filter((each) => owns(each, caller) && isGuestCollection(each)),
  'shared-with-me': (context, caller) => context.world.collections.filter((each) => isShared(context, each, caller)),
  'administered-by-me': ({ world }, caller) =>
    world.collections.filter((each) => effectiveRoles(each, caller).includes('administrator')),
  'hide-no-permissions': (context, caller) =>
    context.world.collections.filter((each) =>
      isGuestCollection(each)
        ? owns(each, caller) || effectiveRoles(each, caller).length > 0 || isShared(context, each, caller)
        : mayUseCollection(each, caller),
    ),
};

function isVisible(collection: GlobusCollection, caller: Caller): boolean {
  return collection.isPublic || mayUseCollection(collection, caller);
}

function owns(collection: GlobusCollection, caller: Caller): boolean {
  return caller.identityIds.includes(collection.ownerId);
}

/** Whether somebody else's rule lets the caller in. */
function isShared(context: GlobusContext, collection: GlobusCollection, caller: Caller): boolean {
  if (!isGuestCollection(collection) || owns(collection, caller)) return false;
  return context.rules.list(collection.id).some((rule) => concernsCaller(rule, caller));
}

/** Collections of the caller's tasks, the latest first. */
function usedBy(context: GlobusContext, caller: Caller, isRunningOnly: boolean): GlobusCollection[] {
  const ids = context.tasks
    .listByOwner(caller.primaryId)
    .filter(({ status }) => !isRunningOnly || RUNNING.some((each) => each === status))
    .flatMap(({ sourceId, destinationId }) => [sourceId, destinationId ?? sourceId]);
  return [...new Set(ids)].flatMap((id) => findCollection(context.world, id) ?? []);
}

/** Every word must occur in the name, the owner's name or the id. */
function fulltextFilter({ world }: GlobusContext, text: string | null) {
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return ({ id, displayName, ownerId }: GlobusCollection) => {
    const whole = [id, displayName, findIdentity(world, ownerId)?.username ?? ''].join(' ').toLowerCase();
    return words.every((word) => whole.includes(word));
  };
}

function equalsFilter(wanted: string | null, read: (collection: GlobusCollection) => string | undefined) {
  return (collection: GlobusCollection) => !wanted || read(collection) === wanted.toLowerCase();
}

function typeFilter(wanted: string | null) {
  const types = (wanted ?? '').split(',').filter(Boolean);
  return ({ entityType }: GlobusCollection) => types.length === 0 || types.includes(entityType);
}

function badSearch(message: string): TransferError {
  return new TransferError(400, 'BadRequest', message);
}
