import { createSecretsManagerClient } from '../../functions/adapters/secrets/get-secret-value.ts';
import { createSecretsManagerSecrets } from '../../functions/adapters/secrets/secrets-manager.ts';
import { startSecretsManagerServer } from '../support/secrets-manager-server.ts';
import { describePastedSecretsContract, describeSecretsContract, type SecretsUnderTest } from './secrets.ts';

async function secretsManager(): Promise<SecretsUnderTest> {
  const server = await startSecretsManagerServer();
  const client = createSecretsManagerClient(server.clientConfig);
  return {
    secrets: createSecretsManagerSecrets(client),
    async store(values) {
      for (const [name, text] of Object.entries(values)) server.store(name, { text });
    },
    breakStore: async () => server.behave('fails'),
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

describeSecretsContract('Secrets Manager', secretsManager);
describePastedSecretsContract('Secrets Manager', secretsManager);
