import { NoAccountError } from '../domain/errors.ts';
import { asUserName, type UserName } from '../domain/ids.ts';
import type { ActingAs, DatasetDescription, DatasetReference } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/** Who asks for a download, and in whose name Dataverse is asked what they may have. */
export interface Requester {
  /** `:guest` without an account; `!<dataset id>` for the visitor of a private URL, as Dataverse itself writes them. */
  readonly userName: UserName;
  readonly actingAs: ActingAs;
}

/** The name of all callers without a credential. */
export const GUEST = asUserName(':guest');

/** Who asks for a download, with the dataset that they name. */
export interface RequesterOfDataset extends Requester {
  readonly dataset: DatasetDescription;
}

/**
 * Asks Dataverse who calls, and then which dataset is meant: a credential that it does not know is refused first, as there. Downloads need no
 * account (dataverse-api.md 2.6).
 * @throws UnauthenticatedError for a credential that Dataverse does not know; NotFoundError, InvalidRequestError with its words for the dataset
 */
export async function identifyRequester(
  { dataverse }: Pick<Ports, 'dataverse'>,
  reference: DatasetReference,
  actingAs: ActingAs,
): Promise<RequesterOfDataset> {
  const account = await accountOf(dataverse, actingAs);
  const dataset = await dataverse.describeDataset(reference, { kind: 'service' });
  return { userName: account ?? asUserName(`!${dataset.datasetId}`), actingAs, dataset };
}

/** Undefined for the visitor of a private URL, who has no account. */
async function accountOf(dataverse: Ports['dataverse'], actingAs: ActingAs): Promise<UserName | undefined> {
  if (actingAs.kind === 'guest') return GUEST;
  if (actingAs.kind === 'user') return actingAs.userName;
  try {
    return (await dataverse.whoIs(actingAs)).userName;
  } catch (error) {
    if (error instanceof NoAccountError) return undefined;
    throw error;
  }
}
