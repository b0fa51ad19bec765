import type { GlobusContext } from './context.ts';
import type { TaskRecord } from './task-record.ts';
import type { VisibleSides } from './task-results.ts';
import { readTask } from './task-routes.ts';
import { type Caller, effectiveRoles, findCollection, findIdentity, type GlobusCollection } from './world.ts';

/** `monitor` reads, `manage` cancels as well (globus-api.md 2.5). */
export type ManagerRight = 'monitor' | 'manage';

/** Whether a caller watches over a collection. Only collections under a subscription can be watched over. */
export function watchesOver(collection: GlobusCollection, caller: Caller, right: ManagerRight): boolean {
  if (collection.subscriptionId === null) return false;
  const roles = effectiveRoles(collection, caller);
  const fitting = right === 'manage' ? ['administrator', 'activity_manager'] : MONITOR_ROLES;
  return roles.some((role) => fitting.includes(role));
}

/** Whether a caller watches over anything; without it every endpoint_manager call is refused. */
export function isManager(context: GlobusContext, caller: Caller): boolean {
  return context.world.collections.some((collection) => watchesOver(collection, caller, 'monitor'));
}

/** Sides of a task the caller watches over; undefined when there is none. */
export function visibleSides(
  context: GlobusContext,
  caller: Caller,
  task: TaskRecord,
  right: ManagerRight = 'monitor',
): VisibleSides | undefined {
  const watches = (id: string | null) => {
    const collection = id === null ? undefined : findCollection(context.world, id);
    return collection !== undefined && watchesOver(collection, caller, right);
  };
  const sides = { source: watches(task.sourceId), destination: watches(task.destinationId) };
  return sides.source || sides.destination ? sides : undefined;
}

/** The task document with the members only managers see; those of a side without a role are null. */
export function managerDocument(
  context: GlobusContext,
  task: TaskRecord,
  sides: VisibleSides,
): Record<string, unknown> {
  const document = readTask(context, task);
  return {
    ...document,
    owner_string: findIdentity(context.world, task.ownerId)?.username ?? task.ownerId,
    source_base_path: sides.source ? document['source_base_path'] : null,
    destination_base_path: sides.destination ? document['destination_base_path'] : null,
    ...hostMembers(context, 'source', task.sourceId, sides.source),
    ...hostMembers(context, 'destination', task.destinationId, sides.destination),
  };
}

const MONITOR_ROLES: readonly string[] = ['administrator', 'activity_manager', 'activity_monitor'];

function hostMembers(context: GlobusContext, side: string, id: string | null, isVisible: boolean) {
  const collection = id === null || !isVisible ? undefined : findCollection(context.world, id);
  const status = id === null ? 'NO_ENDPOINT' : isVisible ? 'OK' : 'NO_PERMISSION';
  return {
    [`${side}_host_endpoint_id`]: collection?.hostEndpointId ?? null,
    [`${side}_host_endpoint_display_name`]: null,
    [`${side}_host_path`]: null,
    [`${side}_mapped_collection_id`]: collection?.mappedCollectionId ?? null,
    [`${side}_mapped_collection_display_name`]: null,
    [`${side}_local_user`]: null,
    [`${side}_local_user_status`]: status,
  };
}
