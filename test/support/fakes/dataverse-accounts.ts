import {
  NoAccountError,
  NoUserTokenError,
  UnauthenticatedError,
  UpstreamRefusedError,
} from '../../../functions/domain/errors.ts';
import { asUserName, type DatasetId, type UserName } from '../../../functions/domain/ids.ts';
import type { ActingAs } from '../../../functions/ports/dataverse.ts';
import { CURATOR } from '../builders.ts';

export const SERVICE_ACCOUNT = asUserName('dataverseAdmin');
export const READER = asUserName('reader');
/** The curator's API token; the reader's. */
export const CURATOR_TOKEN = 'a-key';
export const READER_TOKEN = "a reader's key";
/** The OIDC token under which Dataverse knows the curator. */
export const CURATOR_BEARER = 'bearer-of-curator';

/** An account at Dataverse. Everybody who may edit may publish as well. */
export interface Account {
  readonly userName: UserName;
  readonly isSuperuser: boolean;
  readonly isEditor: boolean;
  /** Null: there is none, so that nobody can act in their name. */
  readonly token: string | null;
  /** The OIDC token that is accepted. */
  readonly bearerToken: string;
}

export interface Accounts {
  /** Makes an account, or changes it. */
  set(userName: UserName, changes: Partial<Omit<Account, 'userName'>>): void;
  /** Tokens of private URLs, each with the dataset that it shows. */
  readonly privateUrls: Map<string, DatasetId>;
  /**
   * The account that a credential belongs to; undefined for a guest and for the visitor of a private URL.
   * @throws as the port does for credentials that are not accepted
   */
  behind(actingAs: ActingAs): Account | undefined;
  /** The same where there has to be one. @throws NoAccountError for guests and private URLs, and as `behind` does */
  required(actingAs: ActingAs): Account;
  /** The dataset that a private URL shows to this caller. */
  previewOf(actingAs: ActingAs): DatasetId | undefined;
}

/** The service's own account, the curator, who may edit, and a reader, who may not. */
export function createAccounts(): Accounts {
  const accounts = new Map<UserName, Account>();
  const privateUrls = new Map<string, DatasetId>();
  const find = (isMeant: (account: Account) => boolean) => [...accounts.values()].find(isMeant);

  const set: Accounts['set'] = (userName, changes) => {
    const before = accounts.get(userName) ?? {
      userName,
      isSuperuser: false,
      isEditor: false,
      token: `key of ${userName}`,
      bearerToken: `bearer-of-${userName}`,
    };
    accounts.set(userName, { ...before, ...changes });
  };
  const previewOf: Accounts['previewOf'] = (actingAs) =>
    actingAs.kind === 'key' ? privateUrls.get(actingAs.token.reveal()) : undefined;
  const behind: Accounts['behind'] = (actingAs) => {
    switch (actingAs.kind) {
      case 'guest':
        return undefined;
      case 'service':
        return accounts.get(SERVICE_ACCOUNT);
      case 'key': {
        if (previewOf(actingAs) !== undefined) return undefined;
        const account = find(({ token }) => token === actingAs.token.reveal());
        if (!account) throw new UnauthenticatedError('Bad API key');
        return account;
      }
      case 'bearer': {
        const account = find(({ bearerToken }) => bearerToken === actingAs.token.reveal());
        if (!account) throw new UnauthenticatedError('Unauthorized bearer token.');
        return account;
      }
      case 'user': {
        const account = accounts.get(actingAs.userName);
        // Dataverse signs for its superuser then; the adapter does not use such a URL.
        if (!account) throw new UpstreamRefusedError(`Dataverse knows no user ${actingAs.userName}.`);
        if (account.token === null) throw new NoUserTokenError(`${actingAs.userName} has no API token.`);
        return account;
      }
    }
  };
  set(SERVICE_ACCOUNT, { isSuperuser: true });
  set(CURATOR, { isEditor: true, token: CURATOR_TOKEN });
  set(READER, { token: READER_TOKEN });

  return {
    set,
    privateUrls,
    behind,
    required(actingAs) {
      const account = behind(actingAs);
      if (!account) throw new NoAccountError();
      return account;
    },
    previewOf,
  };
}
