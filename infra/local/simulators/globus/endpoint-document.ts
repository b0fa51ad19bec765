import { type Caller, effectiveRoles, findIdentity, type GlobusCollection, type GlobusWorld } from './world.ts';

/** The `endpoint` document, with the roles the caller has. */
export function endpointDocument(world: GlobusWorld, collection: GlobusCollection, caller: Caller) {
  const isPersonal = collection.entityType.startsWith('GCP_');
  return {
    DATA_TYPE: 'endpoint',
    id: collection.id,
    display_name: collection.displayName,
    entity_type: collection.entityType,
    owner_id: collection.ownerId,
    owner_string: findIdentity(world, collection.ownerId)?.username ?? collection.ownerId,
    public: collection.isPublic,
    default_directory: collection.defaultDirectory,
    high_assurance: false,
    authentication_timeout_mins: null,
    authentication_policy_id: null,
    mfa_required: false,
    acl_available: collection.aclAvailable,
    acl_editable: collection.aclAvailable,
    acl_max_expiration_period_mins: null,
    host_endpoint_id: collection.hostEndpointId ?? null,
    host_path: null,
    mapped_collection_id: collection.mappedCollectionId ?? null,
    my_effective_roles: effectiveRoles(collection, caller),
    subscription_id: collection.subscriptionId,
    gcs_manager_url: null,
    gcs_version: isPersonal ? null : '5.4.80',
    https_server: null,
    tlsftp_server: null,
    force_encryption: false,
    disable_verify: false,
    force_verify: false,
    is_globus_connect: isPersonal,
    gcp_connected: isPersonal ? collection.isConnected !== false : null,
    gcp_paused: isPersonal ? false : null,
    non_functional: false,
    requester_pays: false,
    in_use: false,
    DATA: [],
  };
}
