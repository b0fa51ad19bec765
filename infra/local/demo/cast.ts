import { FIXTURE_WORLD } from '../simulators/dataverse/fixture.ts';
import { fixtureWorld, PERSONAL_COLLECTION_ID, RESEARCHER_ID, SERVICE_ID } from '../simulators/globus/fixture.ts';

/** A Globus identity with what it needs to log in by itself. */
export interface GlobusLogin {
  readonly id: string;
  readonly secret: string;
}

/** The dataset that receives the files. */
export const DATASET_PID = 'doi:10.5072/FK2/ILLPXE';
/** A published dataset, whose files anybody may download. */
export const PUBLISHED_PID = 'doi:10.5072/FK2/7U7YBV';
/** A dataset whose files stay where they are. */
export const REFERENCES_PID = 'doi:10.5072/FK2/REFERS';
/** A file that is worth referring to, below the place where references are allowed. */
export const REFERENCED_NAME = 'test1.txt';
/** Where the researcher's files lie before the upload. */
export const SOURCE_COLLECTION_ID = PERSONAL_COLLECTION_ID;
/** The API token of `curator`, who may edit the dataset. */
export const CURATOR_KEY = apiTokenOf('curator');
/** The API token of `reader`, who may edit nothing. */
export const READER_KEY = apiTokenOf('reader');
/** Moves the files. */
export const RESEARCHER: GlobusLogin = { id: RESEARCHER_ID, secret: globusSecretOf(RESEARCHER_ID) };
/** May list the access rules of the managed collection; the demo only looks with it. */
export const COLLECTION_MANAGER: GlobusLogin = { id: SERVICE_ID, secret: globusSecretOf(SERVICE_ID) };

function apiTokenOf(userName: string): string {
  const token = FIXTURE_WORLD.users.find((user) => user.name === userName)?.apiToken;
  if (!token) throw new Error(`the fixture has no API token for ${userName}`);
  return token;
}

function globusSecretOf(identityId: string): string {
  const secret = fixtureWorld.identities.find((identity) => identity.id === identityId)?.clientSecret;
  if (!secret) throw new Error(`the fixture has no secret for the Globus identity ${identityId}`);
  return secret;
}
