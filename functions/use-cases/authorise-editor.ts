import { ForbiddenError } from '../domain/errors.ts';
import type { UserName } from '../domain/ids.ts';
import type { ActingAs, DatasetDescription, DatasetReference } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/** An account that may edit a dataset, as Dataverse says at this moment. */
export interface Editor {
  readonly userName: UserName;
  readonly canPublish: boolean;
  readonly dataset: DatasetDescription;
}

/**
 * Asks Dataverse who calls, whether they may edit the dataset, and which dataset it is.
 * @throws UnauthenticatedError, NotFoundError, InvalidRequestError with Dataverse's messages
 * @throws ForbiddenError when the account may not edit the dataset
 */
export async function authoriseEditor(
  ports: Pick<Ports, 'dataverse'>,
  dataset: DatasetReference,
  actingAs: ActingAs,
): Promise<Editor> {
  const { dataverse } = ports;
  // A signed URL was given to this user by us; a key has to be asked about.
  const userName = actingAs.kind === 'user' ? actingAs.userName : (await dataverse.whoIs(actingAs)).userName;
  const permissions = await dataverse.datasetPermissions(dataset, actingAs);
  if (!permissions.canEditDataset) {
    throw new ForbiddenError("User doesn't have permission to upload to this dataset");
  }
  const description = await dataverse.describeDataset(dataset, actingAs);
  return { userName, canPublish: permissions.canPublishDataset, dataset: description };
}
