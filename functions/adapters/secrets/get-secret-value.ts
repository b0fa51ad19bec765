import {
  GetSecretValueCommand,
  type GetSecretValueResponse,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import type { Secret } from '../../domain/secret.ts';
import { awsTimeLimits } from '../system/aws-time-limits.ts';
import { secretOfWrongKind, secretWithoutValue, unreadableSecret } from './secrets-manager-faults.ts';
import { secretFromStoredText } from './stored-text.ts';

/** Makes a client with a bounded number of tries and time per try. */
export function createSecretsManagerClient(config: SecretsManagerClientConfig = {}): SecretsManagerClient {
  return new SecretsManagerClient({ maxAttempts: 4, requestHandler: awsTimeLimits(5_000, 2_000), ...config });
}

/**
 * The current value of a secret.
 * @throws UnavailableError that tells an operator what is wrong and what to do, and holds no value
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export async function readSecret(client: SecretsManagerClient, name: string): Promise<Secret> {
  const { SecretString, SecretBinary } = await getSecretValue(client, name);
  if (SecretString === undefined && SecretBinary !== undefined) throw secretOfWrongKind(name);
  const secret = SecretString === undefined ? undefined : secretFromStoredText(SecretString);
  if (!secret) throw secretWithoutValue(name);
  return secret;
}

async function getSecretValue(client: SecretsManagerClient, name: string): Promise<GetSecretValueResponse> {
  try {
    return await client.send(new GetSecretValueCommand({ SecretId: name }));
  } catch (error) {
    throw unreadableSecret(name, error);
  }
}
