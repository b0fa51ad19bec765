import { NoUserTokenError, UnauthenticatedError, UpstreamRefusedError } from '../../../functions/domain/errors.ts';
import { asUserName, type UserName } from '../../../functions/domain/ids.ts';
import type { ActingAs } from '../../../functions/ports/dataverse.ts';
import { CURATOR } from '../builders.ts';

export const SERVICE_ACCOUNT = asUserName('dataverseAdmin');
export const READER = asUserName('reader');
/** The curator's API token; the reader's. */
export const CURATOR_TOKEN = 'a-key';
export const READER_TOKEN = "a reader's key";

/** An account at Dataverse. Everybody who may edit may publish as well. */
export interface Account {
  readonly userName: UserName;
  readonly isSuperuser: boolean;
  readonly isEditor: boolean;
  /** Null: there is none, so that nobody can act in their name. */
  readonly token: string | null;
}

export interface Accounts {
  /** Makes an account, or changes it. */
  set(userName: UserName, changes: Partial<Omit<Account, 'userName'>>): void;
  /**
   * The account that a credential belongs to; undefined for a guest.
   * @throws as the port does for credentials that are not accepted
   */
  behind(actingAs: ActingAs): Account | undefined;
}

/** The service's own account, the curator, who may edit, and a reader, who may not. */
export function createAccounts(): Accounts {
  const accounts = new Map<UserName, Account>();
  const set: Accounts['set'] = (userName, changes) => {
    const before = accounts.get(userName) ?? {
      userName,
      isSuperuser: false,
      isEditor: false,
      token: `key of ${userName}`,
    };
    accounts.set(userName, { ...before, ...changes });
  };
  set(SERVICE_ACCOUNT, { isSuperuser: true });
  set(CURATOR, { isEditor: true, token: CURATOR_TOKEN });
  set(READER, { token: READER_TOKEN });

  return {
    set,
    behind(actingAs) {
      if (actingAs.kind === 'guest') return undefined;
      if (actingAs.kind === 'service') return accounts.get(SERVICE_ACCOUNT);
      if (actingAs.kind === 'key') {
        const account = [...accounts.values()].find(({ token }) => token === actingAs.token.reveal());
        if (!account) throw new UnauthenticatedError('Bad API key');
        return account;
      }
      const account = accounts.get(actingAs.userName);
      // Dataverse signs for its superuser then; the adapter does not use such a URL.
      if (!account) throw new UpstreamRefusedError(`Dataverse knows no user ${actingAs.userName}.`);
      if (account.token === null) throw new NoUserTokenError(`${actingAs.userName} has no API token.`);
      return account;
    },
  };
}
