import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecretsManagerClient } from '../../../functions/adapters/secrets/get-secret-value.ts';
import { createSecretsManagerSecrets } from '../../../functions/adapters/secrets/secrets-manager.ts';
import { awsTimeLimits } from '../../../functions/adapters/system/aws-time-limits.ts';
import { stubAwsEnvironment } from '../../support/aws-environment.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import {
  type Behaviour,
  type SecretsManagerServer,
  type StoredSecret,
  startSecretsManagerServer,
} from '../../support/secrets-manager-server.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';

let server: SecretsManagerServer;
beforeEach(async () => {
  server = await startSecretsManagerServer();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

/** The error of a read, after a check that no way of showing it shows the value. */
async function refusalOf(name: string, client = createSecretsManagerClient(server.clientConfig)): Promise<Error> {
  const error = await errorOf(createSecretsManagerSecrets(client).read(name));
  client.destroy();
  expect(`${everythingIn(error)}${inspect(error, { showHidden: true, depth: 10 })}`).not.toContain('canary');
  expect(error.name).toBe('UnavailableError');
  return error;
}

describe('a secret in Secrets Manager', () => {
  it('is read by a client from the environment when none is given', async () => {
    server.store('globus/service', { text: 'value' });
    stubAwsEnvironment('SECRETS_MANAGER', server.url);
    expect((await createSecretsManagerSecrets().read('globus/service')).reveal()).toBe('value');
  });

  it('is asked for once in five minutes, however many want it', async () => {
    server.store('globus/service', { text: 'old' });
    const clock = createManualClock(0);
    const secrets = createSecretsManagerSecrets(createSecretsManagerClient(server.clientConfig), { clock });
    await Promise.all([secrets.read('globus/service'), secrets.read('globus/service')]);
    server.store('globus/service', { text: 'new' });
    clock.advance(299_999);
    expect((await secrets.read('globus/service')).reveal()).toBe('old');
    expect(server.asked).toEqual(['globus/service']);
    clock.advance(1);
    expect((await secrets.read('globus/service')).reveal()).toBe('new');
    expect(server.asked).toHaveLength(2);
  });
});

describe('a secret that Secrets Manager cannot give', () => {
  it('is given up after five seconds a try, two of them for the connection, unless told otherwise', async () => {
    server.store('globus/service', { text: 'value' });
    const client = createSecretsManagerClient(server.clientConfig);
    await createSecretsManagerSecrets(client).read('globus/service');
    const { requestHandler } = client.config as unknown as { requestHandler: { httpHandlerConfigs(): object } };
    expect(requestHandler.httpHandlerConfigs()).toMatchObject({
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
      socketTimeout: 5_000,
      connectionTimeout: 2_000,
    });
    client.destroy();
  });

  it.each<{ case: string; secret: StoredSecret | undefined; advice: string }>([
    {
      case: 'does not exist',
      secret: undefined,
      advice: 'aws secretsmanager create-secret --name globus/service --secret-string',
    },
    {
      case: 'has no value yet',
      secret: 'no value',
      advice: 'aws secretsmanager put-secret-value --secret-id globus/service --secret-string',
    },
    {
      case: 'is binary',
      secret: { bytes: Buffer.from('canary-42') },
      advice: 'binary: expected text. Put it anew with aws secretsmanager put-secret-value --secret-id globus/service ',
    },
    {
      case: 'is marked for deletion',
      secret: 'marked for deletion',
      advice: 'aws secretsmanager restore-secret --secret-id globus/service',
    },
  ])('since it $case is named, with what to do', async ({ secret, advice }) => {
    if (secret) server.store('globus/service', secret);
    const error = await refusalOf('globus/service');
    expect(error.message).toContain('"globus/service"');
    expect(error.message).toContain(advice);
    expect(server.asked).toHaveLength(1);
  });

  it.each<{ behaviour: Behaviour; told: string }>([
    { behaviour: 'refuses access', told: 'needs secretsmanager:GetSecretValue' },
    { behaviour: 'refuses the key', told: 'needs kms:Decrypt' },
    { behaviour: 'cannot decrypt', told: 'needs kms:Decrypt' },
    { behaviour: 'refuses the credentials', told: 'refuses with UnrecognizedClientException' },
  ])('is asked for once when it $behaviour, and the reason is told', async ({ behaviour, told }) => {
    server.behave(behaviour);
    const error = await refusalOf('globus/service');
    expect(error.message).toContain('"globus/service"');
    expect(error.message).toContain(told);
    expect(server.asked).toHaveLength(1);
  });

  it("keeps AWS's own words for the log, not for the caller", async () => {
    server.behave('refuses access');
    const error = await refusalOf('globus/service');
    expect(error.message).not.toContain('123456789012');
    expect(error).toMatchObject({
      details: {
        secretName: 'globus/service',
        kind: 'AccessDeniedException',
        status: 400,
        requestId: 'request-1',
        refusal: expect.stringContaining('123456789012'),
      },
    });
  });

  it.each<Behaviour>(['throttles', 'fails'])('is asked for four times when it %s', async (behaviour) => {
    server.behave(behaviour);
    expect((await refusalOf('globus/service')).message).toContain('cannot be read now');
    expect(server.asked).toHaveLength(4);
  });

  it.each<Behaviour>(['hangs', 'hangs in the answer'])('is given up after its tries when it %s', async (behaviour) => {
    server.store('globus/service', { text: 'canary-42' });
    server.behave(behaviour);
    // Long enough for a try to reach the server on a busy machine, the first one with all its loading too.
    const requestHandler = awsTimeLimits(3_000, 3_000);
    const client = createSecretsManagerClient({ ...server.clientConfig, maxAttempts: 2, requestHandler });
    expect((await refusalOf('globus/service', client)).message).toContain('cannot be read now');
    expect(server.asked).toHaveLength(2);
  });

  it('is not shown when the answer is the value and no JSON', async () => {
    server.store('globus/service', { text: 'canary-42' });
    server.behave('answers the bare value');
    expect((await refusalOf('globus/service')).message).toContain('SyntaxError');
  });

  it('is said to be out of reach without AWS credentials', async () => {
    const credentials = () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    const client = createSecretsManagerClient({ ...server.clientConfig, credentials });
    expect((await refusalOf('globus/service', client)).message).toContain('no AWS credentials');
  });
});
