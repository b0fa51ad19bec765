import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDeployment } from '../../infra/deployment/read-deployment.ts';
import { FIXTURE_WORLD } from '../../infra/local/simulators/dataverse/fixture.ts';
import { fixtureWorld } from '../../infra/local/simulators/globus/fixture.ts';
import { deploymentWith, faultsOf, faultsWith, OWN, OWN_STORE } from './deployments.ts';
import { EXAMPLE } from './synthesized.ts';

const inStore = (globusSecret: string) => ({ STORES: [{ ...OWN_STORE, globusSecret }] });
const settingsIn = (faults: readonly string[]) => faults.map((fault) => fault.slice(0, fault.indexOf(':')));
const given = (values: readonly (string | null | undefined)[]) => values.filter((value) => typeof value === 'string');

describe('values of the local run, which everybody knows', () => {
  const KEYS = [
    { what: 'a token of a user', values: FIXTURE_WORLD.users.map(({ apiToken }) => apiToken) },
    { what: 'the id of an identity', values: fixtureWorld.identities.map(({ id }) => id) },
    {
      what: 'the secret of an identity',
      values: given(fixtureWorld.identities.map(({ clientSecret }) => clientSecret)),
    },
    { what: 'the secret that signs the URLs of the Dataverse stand-in', values: [FIXTURE_WORLD.signingSecret] },
    { what: 'the token of a store', values: given(FIXTURE_WORLD.stores.map(({ globusToken }) => globusToken)) },
  ].flatMap(({ what, values }) => values.map((value) => ({ what, value: String(value) })));

  it.each(KEYS)('are refused in any setting, and in other letters: $what, $value', ({ value }) => {
    expect(settingsIn(faultsWith({ URL_SIGNING_SECRET: value }))).toEqual(['URL_SIGNING_SECRET']);
    expect(settingsIn(faultsWith({ DATAVERSE_SUPERUSER_SECRET: value.toUpperCase() }))).toEqual([
      'DATAVERSE_SUPERUSER_SECRET',
    ]);
    expect(settingsIn(faultsWith(inStore(value)))).toEqual(['STORES']);
    expect(settingsIn(faultsWith(inStore(`a/${value.toUpperCase()}`)))).toEqual(['STORES']);
  });

  it.each(fixtureWorld.collections.map(({ id }) => id))('are refused as a collection, in the example too: %s', (id) => {
    for (const collectionId of [id, id.toUpperCase()]) {
      const STORES = [OWN_STORE, { ...OWN_STORE, storeId: 'local', collectionId }];
      expect(settingsIn(faultsWith({ STORES }))).toEqual(['STORES']);
      expect(settingsIn(faultsWith({ STORES }, true))).toEqual(['STORES']);
    }
  });

  it.each([
    'https://localhost',
    'https://LOCALHOST:8443',
    'https://dataverse.localhost',
    'https://127.0.0.1',
    'https://127.8.9.10:8080',
    'https://127.1',
    'https://2130706433',
    'https://0.0.0.0',
    'https://[::1]:8080',
    'https://[0:0:0:0:0:0:0:1]',
  ])('are refused as an address: %s', (address) => {
    for (const name of ['SITE_URL', 'DATAVERSE_URL', 'GLOBUS_TRANSFER_URL', 'GLOBUS_AUTH_URL']) {
      expect(settingsIn(faultsWith({ [name]: address }))).toEqual([name]);
    }
    const origin = new URL(address).origin;
    expect(settingsIn(faultsWith({ CORS_ORIGINS: [origin] }, true))).toEqual(['CORS_ORIGINS']);
  });

  it.each(['prod-service-secret', 'researcher-secret2'])('are no hindrance to a name that holds one: %s', (name) => {
    expect(faultsWith({ URL_SIGNING_SECRET: name })).toEqual([]);
    expect(faultsWith(inStore(name))).toEqual([]);
  });
});

describe('values of the example', () => {
  it.each([
    { name: 'SITE_URL', value: 'https://dataverse.example.edu' },
    { name: 'SITE_URL', value: 'https://dataverse.EXAMPLE.com' },
    { name: 'DATAVERSE_URL', value: 'https://example.org:8443' },
    { name: 'GLOBUS_AUTH_URL', value: 'https://auth.example' },
    { name: 'CORS_ORIGINS', value: ['https://gdcc.github.io', 'https://app.example.net'] },
    { name: 'ALARM_EMAIL', value: 'operators@example.edu' },
    { name: 'STORES', value: [{ ...OWN_STORE, collectionId: '00000000-0000-4000-8000-000000000000' }] },
  ])('are refused, but for a look at the templates: $value as $name', ({ name, value }) => {
    expect(settingsIn(faultsWith({ [name]: value }))).toEqual([name]);
    expect(faultsWith({ [name]: value }, true)).toEqual([]);
  });

  it.each([
    { name: 'SITE_URL', value: 'https://my-example.org' },
    { name: 'SITE_URL', value: 'https://example.edu.au' },
    { name: 'SITE_URL', value: 'https://dataverse.example-university.edu' },
    { name: 'STORES', value: [{ ...OWN_STORE, storeId: 'example', basePath: '/example' }] },
    { name: 'DATAVERSE_SUPERUSER_SECRET', value: 'example/superuser' },
  ])('are no hindrance to what is only like them: $value as $name', ({ name, value }) => {
    expect(faultsWith({ [name]: value })).toEqual([]);
  });

  it('are all found in the example itself', () => {
    expect(settingsIn(faultsWith(EXAMPLE))).toEqual(['SITE_URL', 'DATAVERSE_URL', 'STORES', 'ALARM_EMAIL']);
    expect(faultsWith(EXAMPLE, true)).toEqual([]);
  });
});

describe('a refusal', () => {
  it('lists every fault of every kind together', () => {
    const faults = faultsWith({
      SITE_URL: 'https://localhost',
      DATAVERSE_URL: 'http://data-direct.university.edu',
      STORES: [{ ...OWN_STORE, globusSecret: 'with space' }],
      CORS_ORIGINS: null,
      URL_SIGNING_SECRET: OWN['DATAVERSE_SUPERUSER_SECRET'],
      LEASE_SECONDS: '5m',
      SWEEP_SECONDS: 90,
      LEASE_SECOND: 300,
      TRANSFERS_TABLE: 'transfers',
      ALARM_EMAIL: 'operators@example.edu',
    });
    expect(settingsIn(faults).sort()).toEqual([
      'ALARM_EMAIL',
      'CORS_ORIGINS',
      'DATAVERSE_URL',
      'LEASE_SECOND',
      'LEASE_SECONDS',
      'SITE_URL',
      'STORES',
      'SWEEP_SECONDS',
      'TRANSFERS_TABLE',
      'URL_SIGNING_SECRET',
    ]);
  });

  it('shows nothing of what may be a secret', () => {
    const faults = faultsWith({
      DATAVERSE_SUPERUSER_SECRET: 'canary 1',
      URL_SIGNING_SECRET: 'canary 2',
      STORES: [{ ...OWN_STORE, globusSecret: 'canary 3' }],
      DATAVERSE_URL: 'http://user:canary-4@data.university.edu',
      SITE_URL: 'https://data.university.edu/?token=canary-5',
      GLOBUS_TOKEN: 'canary-6',
      CORS_ORIGINS: ['canary-7'],
      SECRETS_FILE: 'canary-8',
    });
    expect(faults.length).toBeGreaterThanOrEqual(8);
    expect(faults.join('\n')).not.toContain('canary');
  });

  it.each([[], 'text', 7, null])('is the answer to what is no object of settings: %j', (content) => {
    const folder = mkdtempSync(join(tmpdir(), 'deployment-'));
    const file = join(folder, 'deployment.json');
    writeFileSync(file, JSON.stringify(content));
    const faults = faultsOf(() => readDeployment(file, undefined));
    rmSync(folder, { recursive: true });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('expected a JSON object');
  });
});

describe('the file with the settings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'deployment-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('is read as it stands', () => {
    const file = written('deployment.json', JSON.stringify(OWN));
    expect(readDeployment(file, undefined)).toEqual({ ...deploymentWith(), file });
  });

  it('comes before the example, whose values it may not have', () => {
    const example = written('example.json', JSON.stringify(EXAMPLE));
    const file = written('deployment.json', JSON.stringify(EXAMPLE));
    expect(settingsIn(faultsOf(() => readDeployment(file, example)))).toContain('SITE_URL');
  });

  it('may be missing for a look at the example', () => {
    const example = written('example.json', JSON.stringify(EXAMPLE));
    expect(readDeployment(join(folder, 'deployment.json'), example)).toMatchObject({ file: example });
  });

  it('is asked for, with what to do, where there is neither', () => {
    const file = join(folder, 'deployment.json');
    const [fault] = faultsOf(() => readDeployment(file, undefined));
    expect(fault).toContain(`(example: cp deployment.example.json ${file}, then docs/deploy.md)`);
    expect(faultsOf(() => readDeployment(file, join(folder, 'no-example.json')))).toHaveLength(1);
  });

  it.each(['', '{', '{"URL_SIGNING_SECRET": canary}', "{'SITE_URL': 'canary'}"])(
    'is refused when it is no JSON, and nothing of it shown: %s',
    (text) => {
      const faults = faultsOf(() => readDeployment(written('deployment.json', text), undefined));
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain('something that is no JSON');
      expect(faults[0]).not.toContain('canary');
    },
  );
});
