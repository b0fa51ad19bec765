import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Database } from './database.ts';

/** Names whoever issues tokens, in ID tokens and where tokens are looked into. */
export const ISSUER = 'https://auth.globus.org';

/** Signs ID tokens (RS256) with one key, which survives a restart. */
export interface IdTokenSigner {
  /** A JSON Web Token of these claims. */
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** The public key as `jwks_uri` shows it. */
  publicJwk(): Readonly<Record<string, unknown>>;
}

const KEY_ID = 'globus-simulator';

/** Opens the signing key of the database, which is made when it is first needed. */
export function openIdTokens(database: Database): IdTokenSigner {
  let key: KeyObject | undefined;
  const privateKey = (): KeyObject => {
    key ??= createPrivateKey(storedKey(database));
    return key;
  };
  return {
    sign(claims) {
      const signed = [{ alg: 'RS256', typ: 'JWT', kid: KEY_ID }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey()).toString('base64url')}`;
    },
    publicJwk: () => ({
      ...createPublicKey(privateKey()).export({ format: 'jwk' }),
      alg: 'RS256',
      use: 'sig',
      kid: KEY_ID,
    }),
  };
}

/** @returns the private key as PEM */
function storedKey(database: Database): string {
  const row = database.get('SELECT private_key FROM signing_keys WHERE id = 1');
  if (row) return String(row['private_key']);
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  database.run('INSERT INTO signing_keys VALUES (1, ?)', privateKey);
  return privateKey;
}
