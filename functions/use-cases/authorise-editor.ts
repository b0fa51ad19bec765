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
  // Three questions at once; of several refusals the first in this order is told.
  const [caller, permissions, description] = await Promise.allSettled([
    // A signed URL was given to this user by us; a key has to be asked about.
    actingAs.kind === 'user' ? actingAs : dataverse.whoIs(actingAs),
    dataverse.datasetPermissions(dataset, actingAs),
    dataverse.describeDataset(dataset, actingAs),
  ]);
  const { userName } = settled(caller);
  const { canEditDataset, canPublishDataset } = settled(permissions);
  if (!canEditDataset) throw new ForbiddenError("User doesn't have permission to upload to this dataset");
  return { userName, canPublish: canPublishDataset, dataset: settled(description) };
}

function settled<Value>(result: PromiseSettledResult<Value>): Value {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
