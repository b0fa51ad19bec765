import { NoAccountError } from '../domain/errors.ts';
import { asUserName, type DatasetId, type UserName } from '../domain/ids.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

/** Who asks for a download, and in whose name Dataverse is asked what they may have. */
export interface Requester {
  /** `:guest` without an account; `!<dataset id>` for the visitor of a private URL, as Dataverse itself writes them. */
  readonly userName: UserName;
  readonly actingAs: ActingAs;
}

/** The name of all callers without a credential. */
export const GUEST = asUserName(':guest');

/**
 * Asks Dataverse who calls. Downloads need no account (dataverse-api.md 2.6).
 * @throws UnauthenticatedError for a credential that Dataverse does not know
 */
export async function identifyRequester(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  actingAs: ActingAs,
): Promise<Requester> {
  if (actingAs.kind === 'guest') return { userName: GUEST, actingAs };
  if (actingAs.kind === 'user') return { userName: actingAs.userName, actingAs };
  try {
    return { userName: (await dataverse.whoIs(actingAs)).userName, actingAs };
  } catch (error) {
    if (error instanceof NoAccountError) return { userName: asUserName(`!${datasetId}`), actingAs };
    throw error;
  }
}
