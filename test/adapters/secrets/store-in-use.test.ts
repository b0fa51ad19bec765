import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../functions/domain/secret.ts';
import { parseSigningKeys } from '../../../functions/domain/signed-url.ts';
import { createApplication } from '../../../functions/wiring.ts';
import { stubAwsEnvironment } from '../../support/aws-environment.ts';
import { type SecretsManagerServer, startSecretsManagerServer } from '../../support/secrets-manager-server.ts';

const KEY_IN_CLOUD = 'c1'.repeat(32);
const KEY_IN_FILE = 'f1'.repeat(32);

const ENVIRONMENT = {
  DATAVERSE_URL: 'http://dataverse.internal:8080',
  SITE_URL: 'https://dataverse.example.edu',
  STORES: JSON.stringify([
    {
      storeId: 'globusm',
      collectionId: 'd8c42580-6528-4605-9ad8-116a61982644',
      basePath: '/hdc1',
      globusSecret: 'globus-client',
    },
  ]),
  DATAVERSE_SUPERUSER_SECRET: 'dataverse-superuser',
  URL_SIGNING_SECRET: 'url-signing',
  ACCESS_RULES_TABLE: 'access-rules',
  TRANSFERS_TABLE: 'transfers',
  DOWNLOADS_TABLE: 'downloads',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
};

describe('the secret store in use', () => {
  let server: SecretsManagerServer;
  beforeEach(async () => {
    server = await startSecretsManagerServer();
    server.store('url-signing', { text: `${KEY_IN_CLOUD}\n` });
    stubAwsEnvironment('SECRETS_MANAGER', server.url);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  it('is Secrets Manager, which is asked when a secret is wanted and not before', async () => {
    const application = await createApplication(ENVIRONMENT);
    expect(server.asked).toEqual([]);
    expect(await application.signingKeys()).toEqual(parseSigningKeys(new Secret(KEY_IN_CLOUD)));
    expect(server.asked).toEqual(['url-signing']);
  });

  it('is the file, where one is set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-in-use-'));
    const file = join(folder, 'secrets.json');
    await writeFile(file, JSON.stringify({ 'url-signing': KEY_IN_FILE }));
    const application = await createApplication({ ...ENVIRONMENT, SECRETS_FILE: file });
    expect(await application.signingKeys()).toEqual(parseSigningKeys(new Secret(KEY_IN_FILE)));
    expect(server.asked).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
