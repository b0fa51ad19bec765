import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../../ports/secrets.ts';
import { type CacheOptions, cachedSecrets } from './cached-secrets.ts';

/** The most that the port allows: who was refused with a value forgets it, so that a rotated secret is picked up sooner. */
const MAX_AGE_MILLISECONDS = 300_000;

/**
 * Secrets in AWS Secrets Manager, by name or ARN. Its client is loaded with the first read, since most functions start without needing one.
 * @param client - instead of one that is made from the environment of the process
 */
export function createSecretsManagerSecrets(client?: SecretsManagerClient, options: CacheOptions = {}): Secrets {
  let clientInUse = client;
  return cachedSecrets(
    async (name) => {
      const { createSecretsManagerClient, readSecret } = await import('./get-secret-value.ts');
      clientInUse ??= createSecretsManagerClient();
      return readSecret(clientInUse, name);
    },
    { maxAgeMilliseconds: MAX_AGE_MILLISECONDS, ...options },
  );
}
