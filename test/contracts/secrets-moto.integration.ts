import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createSecretsManagerClient } from '../../functions/adapters/secrets/get-secret-value.ts';
import { createSecretsManagerSecrets } from '../../functions/adapters/secrets/secrets-manager.ts';
import { errorOf } from '../adapters/adapter-parts.ts';
import { startMoto, whyNoMoto } from '../support/moto.ts';
import { describePastedSecretsContract, describeSecretsContract, type SecretsUnderTest } from './secrets.ts';

const whyNot = whyNoMoto();
if (whyNot !== undefined) process.stdout.write(`skipped: secrets on moto: ${whyNot}\n`);

interface SecretsOnMoto extends SecretsUnderTest {
  readonly client: SecretsManagerClient;
}

/** A moto of its own for each test: it has no way to fail but to be gone. */
async function secretsOnMoto(): Promise<SecretsOnMoto> {
  const moto = await startMoto();
  const client = createSecretsManagerClient({
    endpoint: moto.url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    client,
    secrets: createSecretsManagerSecrets(client),
    async store(values) {
      for (const [name, value] of Object.entries(values)) await put(client, name, value);
    },
    breakStore: () => moto.close(),
    async close() {
      client.destroy();
      await moto.close();
    },
  };
}

async function put(client: SecretsManagerClient, name: string, value: string): Promise<void> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  }
}

describe.skipIf(whyNot !== undefined)('the adapter of Secrets Manager against moto', () => {
  describeSecretsContract('moto', secretsOnMoto);
  describePastedSecretsContract('moto', secretsOnMoto);

  it('tells a secret without a value from one that is missing', async () => {
    const { client, secrets, close } = await secretsOnMoto();
    await client.send(new CreateSecretCommand({ Name: 'empty' }));
    expect((await errorOf(secrets.read('empty'))).message).toContain('put-secret-value --secret-id empty ');
    expect((await errorOf(secrets.read('absent'))).message).toContain('create-secret --name absent ');
    await close();
  });
});
