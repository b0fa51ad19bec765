import { apiKeyOf } from './authentication.ts';
import { accountOf } from './callers.ts';
import { instant } from './file-json.ts';
import type { ApiRoute, Call } from './installation.ts';
import { findDataset, isAllowed } from './lookups.ts';
import { failure, ok } from './replies.ts';

/** Who is calling, and what the caller may do with a dataset (dataverse-api.md 4.1 and 4.11). */
export const userRoutes: readonly ApiRoute[] = [
  ['GET', '/users/:me', currentUser],
  ['GET', '/datasets/{id}/userPermissions', datasetPermissions],
];

function currentUser({ caller, request, dataverse }: Call) {
  const user = accountOf(caller);
  if (!user) return failure(400, `User with token ${apiKeyOf(request)} not found.`);
  const created = instant(user.createdAtMilliseconds);
  return ok({
    id: user.id,
    identifier: `@${user.name}`,
    displayName: `${user.firstName} ${user.lastName}`,
    firstName: user.firstName,
    lastName: user.lastName,
    email: user.email,
    superuser: user.superuser === 1,
    deactivated: user.deactivated === 1,
    ...(user.affiliation === null ? {} : { affiliation: user.affiliation }),
    persistentUserId: user.name,
    emailLastConfirmed: created,
    createdTime: created,
    lastLoginTime: created,
    lastApiUseTime: instant(dataverse.clock.nowMilliseconds()),
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
