import { describe, expect, it } from 'vitest';
import { STACK_SETTINGS } from '../../functions/config.ts';
import { DEPLOYMENT_SETTINGS } from '../../infra/deployment/deployment-settings.ts';
import { deploymentWith, faultsWith, OWN, OWN_STORE } from './deployments.ts';

type Name = keyof typeof DEPLOYMENT_SETTINGS;

const ACCEPTED: readonly { readonly name: Name; readonly given: unknown; readonly value: unknown }[] = [
  { name: 'STACK_PREFIX', given: 'g', value: 'g' },
  { name: 'STACK_PREFIX', given: 'Globus-2', value: 'Globus-2' },
  { name: 'STACK_PREFIX', given: 'p'.repeat(40), value: 'p'.repeat(40) },
  { name: 'STACK_PREFIX', given: '', value: 'dataverse-globus' },
  { name: 'CORS_ORIGINS', given: ['https://a.uni.edu'], value: ['https://a.uni.edu'] },
  { name: 'CORS_ORIGINS', given: '["https://a.uni.edu:8443"]', value: ['https://a.uni.edu:8443'] },
  { name: 'SWEEP_SECONDS', given: null, value: 300 },
  { name: 'SWEEP_SECONDS', given: 60, value: 60 },
  { name: 'SWEEP_SECONDS', given: '3600', value: 3_600 },
  { name: 'REQUESTS_PER_SECOND', given: 1, value: 1 },
  { name: 'REQUESTS_PER_SECOND', given: 10_000, value: 10_000 },
  { name: 'REQUEST_BURST', given: 1, value: 1 },
  { name: 'REQUEST_BURST', given: 5_000, value: 5_000 },
  { name: 'LOG_RETENTION_DAYS', given: 1, value: 1 },
  { name: 'LOG_RETENTION_DAYS', given: 731, value: 731 },
  { name: 'ALARM_EMAIL', given: 'operators@uni.edu', value: 'operators@uni.edu' },
  { name: 'ALARM_EMAIL', given: null, value: undefined },
];

const REFUSED: readonly { readonly name: Name; readonly given: unknown }[] = [
  ...['2nd', 'with_score', 'with space', 'p'.repeat(41)].map((given) => ({ name: 'STACK_PREFIX' as const, given })),
  ...[
    null,
    '*',
    [],
    ['*'],
    [7],
    ['http://a.uni.edu'],
    ['https://a.uni.edu/'],
    ['https://a.uni.edu/app'],
    ['https://A.uni.edu'],
    ['https://a.uni.edu', 'a.uni.edu'],
    { origin: 'https://a.uni.edu' },
  ].map((given) => ({ name: 'CORS_ORIGINS' as const, given })),
  ...[0, 59, 90, 3_660, -60, 300.5, '5m', true].map((given) => ({ name: 'SWEEP_SECONDS' as const, given })),
  ...[0, 10_001, 1.5, 'many'].map((given) => ({ name: 'REQUESTS_PER_SECOND' as const, given })),
  ...[0, 5_001, '1e3'].map((given) => ({ name: 'REQUEST_BURST' as const, given })),
  ...[0, 2, 732, 'forever'].map((given) => ({ name: 'LOG_RETENTION_DAYS' as const, given })),
  ...['operators', 'a@b', 'a b@uni.edu', ['a@uni.edu']].map((given) => ({ name: 'ALARM_EMAIL' as const, given })),
];

/** The settings that faults are about, each as often as it has one. */
const settingsIn = (faults: readonly string[]) => faults.map((fault) => fault.slice(0, fault.indexOf(':')));

describe('settings of the stacks', () => {
  it.each(ACCEPTED)('$name may be $given', ({ name, given, value }) => {
    expect(deploymentWith({ [name]: given }).stack[name]).toEqual(value);
  });

  it.each(REFUSED)('$name may not be $given', ({ name, given }) => {
    const [fault, ...others] = faultsWith({ [name]: given });
    expect(fault).toMatch(new RegExp(`^${name}: `));
    expect(others).toEqual([]);
  });

  it('each have a row of both kinds here', () => {
    const names = Object.keys(DEPLOYMENT_SETTINGS).sort();
    expect([...new Set(ACCEPTED.map(({ name }) => name))].sort()).toEqual(names);
    expect([...new Set(REFUSED.map(({ name }) => name))].sort()).toEqual(names);
  });
});

describe('settings of the functions', () => {
  it('go into the environment as texts, only those that are set, and none of the stacks', () => {
    const deployment = deploymentWith({
      LEASE_SECONDS: 600,
      REGISTER_CANCELLED: true,
      NO_TOKEN_POLICY: null,
      REQUEST_BURST: 5,
    });
    expect(deployment.functionEnvironment).toEqual({
      SITE_URL: OWN['SITE_URL'],
      DATAVERSE_URL: OWN['DATAVERSE_URL'],
      STORES: JSON.stringify([OWN_STORE]),
      DATAVERSE_SUPERUSER_SECRET: OWN['DATAVERSE_SUPERUSER_SECRET'],
      URL_SIGNING_SECRET: OWN['URL_SIGNING_SECRET'],
      LEASE_SECONDS: '600',
      REGISTER_CANCELLED: 'true',
    });
    expect(deployment.functions).toMatchObject({ LEASE_SECONDS: 600, REGISTER_CANCELLED: true });
  });

  it.each([
    { name: 'SITE_URL', given: null },
    { name: 'SITE_URL', given: 'https://data.university.edu/dataverse' },
    { name: 'DATAVERSE_URL', given: 'data-direct.university.edu' },
    { name: 'STORES', given: [] },
    { name: 'STORES', given: [{ ...OWN_STORE, collectionId: 'no uuid' }] },
    { name: 'LEASE_SECONDS', given: 0 },
    { name: 'NO_TOKEN_POLICY', given: 'ignore' },
    { name: 'REGISTER_CANCELLED', given: 'yes' },
    { name: 'DATAVERSE_SUPERUSER_SECRET', given: null },
    { name: 'URL_SIGNING_SECRET', given: '' },
  ])('are held against the rules of the functions: $name may not be $given', ({ name, given }) => {
    expect(settingsIn(faultsWith({ [name]: given }))).toEqual([name]);
  });

  it('may take up to 3,496 bytes of the 4,096 that Lambda allows', () => {
    const stores = (more: string) => [{ ...OWN_STORE, basePath: `/x${more}` }];
    const taken = Object.entries(deploymentWith({ STORES: stores('') }).functionEnvironment);
    const room = 3_496 - taken.reduce((sum, [name, text]) => sum + Buffer.byteLength(name + text), 0);
    expect(faultsWith({ STORES: stores('x'.repeat(room)) })).toEqual([]);
    const [fault] = faultsWith({ STORES: stores('x'.repeat(room + 1)) });
    expect(fault).toContain('STORES: expected at most 3496 bytes for all settings of the functions together, got 3497');
    expect(faultsWith({ STORES: stores(`é${'x'.repeat(room - 1)}`) })).toHaveLength(1);
  });
});

describe('names of settings', () => {
  it.each([
    { given: 'LEASE_SECOND', meant: 'LEASE_SECONDS' },
    { given: 'lease_seconds', meant: 'LEASE_SECONDS' },
    { given: 'CORS_ORIGIN', meant: 'CORS_ORIGINS' },
    { given: 'DATAVERSE_URI', meant: 'DATAVERSE_URL' },
  ])('are refused when they are nearly right: $given', ({ given, meant }) => {
    const faults = faultsWith({ [given]: '300' });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${given}: `);
    expect(faults[0]).toContain(`is ${meant} meant?`);
  });

  it.each(['ANYTHING', 'Site', 'toString', 'constructor'])('are refused when they are unknown: %s', (given) => {
    expect(settingsIn(faultsWith({ [given]: 'x' }))).toEqual([given]);
  });

  it.each(Object.keys(STACK_SETTINGS))('are refused when the stack sets them itself: %s', (given) => {
    const faults = faultsWith({ [given]: 'x' });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${given}: .+ stack sets it itself.+leave it out`));
  });
});

describe('addresses that keys are sent to', () => {
  const NAMES = ['SITE_URL', 'DATAVERSE_URL', 'GLOBUS_TRANSFER_URL', 'GLOBUS_AUTH_URL'];

  it.each(NAMES)('%s may not be without TLS', (name) => {
    for (const address of [
      'http://plain.university.edu',
      'HTTP://plain.university.edu',
      ' http://plain.university.edu',
    ]) {
      expect(settingsIn(faultsWith({ [name]: address }))).toEqual([name]);
    }
    expect(faultsWith({ [name]: 'https://safe.university.edu' })).toEqual([]);
  });
});

describe('names of secrets', () => {
  const SETTINGS = ['DATAVERSE_SUPERUSER_SECRET', 'DATAVERSE_UNBLOCK_KEY_SECRET', 'URL_SIGNING_SECRET'];
  const inStore = (globusSecret: string) => ({ STORES: [{ ...OWN_STORE, globusSecret }] });

  it.each(['a', '/dataverse/one', 'A_b+c=d.e@f-g', 'x'.repeat(512)])('may be %s', (name) => {
    for (const setting of SETTINGS) expect(faultsWith({ [setting]: name })).toEqual([]);
    expect(faultsWith(inStore(name))).toEqual([]);
  });

  it.each(['with space', 'ümlaut', 'a:b', 'x'.repeat(513), '{"value":"x"}'])(
    'may not be %s, which is not shown',
    (name) => {
      for (const faults of [...SETTINGS.map((setting) => faultsWith({ [setting]: name })), faultsWith(inStore(name))]) {
        expect(faults).toHaveLength(1);
        expect(faults[0]).toContain("expected a secret's name of 1 to 512 letters, digits and /_+=.@-");
        expect(faults[0]).not.toContain(name);
      }
    },
  );

  it.each([
    { a: 'DATAVERSE_SUPERUSER_SECRET', b: 'URL_SIGNING_SECRET' },
    { a: 'DATAVERSE_SUPERUSER_SECRET', b: 'DATAVERSE_UNBLOCK_KEY_SECRET' },
    { a: 'DATAVERSE_UNBLOCK_KEY_SECRET', b: 'URL_SIGNING_SECRET' },
  ])('may not be one for $a and $b: who may read the one could read the other', ({ a, b }) => {
    const faults = faultsWith({ [a]: 'the/same', [b]: 'the/same' });
    expect(settingsIn(faults)).toEqual([b]);
    expect(faults[0]).toContain(`got that of ${a}`);
  });

  it('may be one for several stores, but not one for a store and something else', () => {
    const stores = [OWN_STORE, { ...OWN_STORE, storeId: 'second' }];
    expect(faultsWith({ STORES: stores })).toEqual([]);
    expect(settingsIn(faultsWith({ STORES: stores, URL_SIGNING_SECRET: OWN_STORE.globusSecret }))).toEqual([
      'URL_SIGNING_SECRET',
    ]);
  });
});
