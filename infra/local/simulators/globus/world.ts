/** Someone (or some client application) known to the simulated Globus Auth. */
export interface GlobusIdentity {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly organization?: string;
  /** With a secret the id is also a client id that logs in by client credentials. */
  readonly clientSecret?: string;
  /** Ids of other identities of the same person; this one is then the primary identity of the set. */
  readonly linkedIdentityIds?: readonly string[];
}

/** An application that keeps no secret: one in a browser or on someone's own computer. */
export interface PublicClient {
  readonly id: string;
  readonly name: string;
}

export type CollectionEntityType =
  | 'GCSv5_guest_collection'
  | 'GCSv5_mapped_collection'
  | 'GCP_mapped_collection'
  | 'GCP_guest_collection';

export type CollectionRole =
  | 'administrator'
  | 'access_manager'
  | 'activity_manager'
  | 'activity_monitor'
  | 'restricted_administrator';

/** A role that an identity holds on a collection. The owner is always an administrator and needs no entry. */
export interface RoleAssignment {
  readonly id: string;
  readonly principal: string;
  readonly role: CollectionRole;
}

/** Something that lies on a collection when its directory is made; the bytes of a sized file follow from its path. */
export type SeedEntry =
  | { readonly path: string; readonly directory: true }
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly sizeBytes: number };

/** One collection: a directory of the state directory, and what its endpoint document says. */
export interface GlobusCollection {
  readonly id: string;
  readonly displayName: string;
  readonly entityType: CollectionEntityType;
  readonly ownerId: string;
  /** A collection that is not public is refused to everyone but its owner. */
  readonly isPublic: boolean;
  /** Null means not managed under a subscription: endpoint_manager then knows nothing of it. */
  readonly subscriptionId: string | null;
  /** Whether access rules exist here (guest collections). */
  readonly aclAvailable: boolean;
  /** What `ls` without a path lists, with slashes at both ends. `/~/` is the root of every simulated collection. */
  readonly defaultDirectory: string;
  readonly roles: readonly RoleAssignment[];
  /** Mapped collections: identities with an account, who may read and write everything. */
  readonly users?: readonly string[];
  /** Personal collections: whether the person's computer is connected. */
  readonly isConnected?: boolean;
  readonly hostEndpointId?: string;
  readonly mappedCollectionId?: string;
  readonly seed: readonly SeedEntry[];
}

/** Everything the simulator is told about the outside world at its start. */
export interface GlobusWorld {
  readonly identities: readonly GlobusIdentity[];
  readonly collections: readonly GlobusCollection[];
  /** Applications without a secret; an identity with one is an application as well. */
  readonly publicClients?: readonly PublicClient[];
}

/** A logged-in identity, seen with the whole set it belongs to (Globus judges rules for any identity of the set). */
export interface Caller {
  readonly identityId: string;
  /** What tasks carry as `owner_id` (globus-api.md 2.4). */
  readonly primaryId: string;
  readonly identityIds: readonly string[];
}

/** The identity with that id, if the world has it. */
export function findIdentity(world: GlobusWorld, id: string): GlobusIdentity | undefined {
  return world.identities.find((identity) => identity.id === id);
}

/** The application without a secret with that id, if the world has it. */
export function findPublicClient(world: GlobusWorld, id: string): PublicClient | undefined {
  return world.publicClients?.find((client) => client.id === id);
}

/** The collection with that id, if the world has it. */
export function findCollection(world: GlobusWorld, id: string): GlobusCollection | undefined {
  return world.collections.find((collection) => collection.id === id);
}

/** The identity set around an identity id; an unknown id is a set of its own. */
export function callerOf(world: GlobusWorld, identityId: string): Caller {
  const primary =
    world.identities.find((identity) => identity.linkedIdentityIds?.includes(identityId)) ??
    findIdentity(world, identityId);
  const identityIds = primary ? [primary.id, ...(primary.linkedIdentityIds ?? [])] : [identityId];
  return { identityId, primaryId: primary?.id ?? identityId, identityIds };
}

/** Roles in force for a caller on a collection, ownership included. */
export function effectiveRoles(collection: GlobusCollection, caller: Caller): CollectionRole[] {
  const roles = new Set<CollectionRole>();
  if (caller.identityIds.includes(collection.ownerId)) roles.add('administrator');
  for (const { principal, role } of collection.roles) if (caller.identityIds.includes(principal)) roles.add(role);
  return [...roles];
}
