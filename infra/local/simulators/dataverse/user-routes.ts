import { apiKeyOf } from './authentication.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findDataset, isAllowed } from './lookups.ts';
import { failure, ok } from './replies.ts';

/** Who is calling, and what the caller may do with a dataset (dataverse-api.md 4.1 and 4.11). */
export const userRoutes: readonly ApiRoute[] = [
  ['GET', '/users/:me', currentUser],
  ['GET', '/datasets/{id}/userPermissions', datasetPermissions],
];

function currentUser({ caller, request }: Call) {
  if (!caller) return failure(400, `User with token ${apiKeyOf(request)} not found.`);
  const created = new Date(caller.createdAtMilliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
  return ok({
    id: caller.id,
    identifier: `@${caller.name}`,
    displayName: `${caller.firstName} ${caller.lastName}`,
    firstName: caller.firstName,
    lastName: caller.lastName,
    email: caller.email,
    superuser: caller.superuser === 1,
    deactivated: caller.deactivated === 1,
    ...(caller.affiliation === null ? {} : { affiliation: caller.affiliation }),
    persistentUserId: caller.name,
    emailLastConfirmed: created,
    createdTime: created,
    authenticationProviderId: 'builtin',
  });
}

function datasetPermissions(call: Call) {
  const dataset = findDataset(call);
  const may = (permission: Parameters<typeof isAllowed>[3]) =>
    isAllowed(call.dataverse, call.caller, dataset.id, permission);
  return ok({
    canViewUnpublishedDataset: may('ViewUnpublishedDataset'),
    canEditDataset: may('EditDataset'),
    canPublishDataset: may('PublishDataset'),
    canManageDatasetPermissions: may('ManageDatasetPermissions'),
    canDeleteDatasetDraft: may('DeleteDatasetDraft'),
  });
}
