import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings, type Settings } from '../functions/config.ts';
import { ConfigurationError } from '../functions/read-settings.ts';
import { COLLECTION } from './support/builders.ts';

const A_STORE = { storeId: 'globusm', collectionId: COLLECTION, basePath: '/hdc1', globusSecret: 'globus-client' };

/** The settings without which nothing runs. */
const REQUIRED = {
  DATAVERSE_URL: 'http://dataverse.internal:8080',
  SITE_URL: 'https://dataverse.example.edu',
  STORES: JSON.stringify([A_STORE]),
  DATAVERSE_SUPERUSER_SECRET: 'dataverse-superuser',
  URL_SIGNING_SECRET: 'url-signing',
  ACCESS_RULES_TABLE: 'access-rules',
  TRANSFERS_TABLE: 'transfers',
  DOWNLOADS_TABLE: 'downloads',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
};

type Environment = Readonly<Record<string, string | undefined>>;

function settingsWith(changes: Environment): Settings {
  return parseSettings({ ...REQUIRED, ...changes });
}

function errorOf(environment: Environment): ConfigurationError {
  try {
    parseSettings(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('expected the settings to be refused');
}

function faultsWith(changes: Environment): readonly string[] {
  return errorOf({ ...REQUIRED, ...changes }).faults;
}

function storeFault(stores: unknown): string {
  const [fault = '', ...others] = faultsWith({ STORES: typeof stores === 'string' ? stores : JSON.stringify(stores) });
  expect(others).toEqual([]);
  return fault;
}

describe('settings', () => {
  it('have a default wherever one is safe', () => {
    expect(parseSettings(REQUIRED)).toEqual({
      dataverseUrl: 'http://dataverse.internal:8080',
      siteUrl: 'https://dataverse.example.edu',
      stores: [{ ...A_STORE, bucket: null, exclusive: false }],
      leaseSeconds: 300,
      signedUrlMinutes: 300,
      maxFilesPerGrant: 10_000,
      noTokenPolicy: 'attention',
      lockPolicy: 'transfer',
      mixedAccessPolicy: 'refuse',
      registerCancelled: false,
      globusTransferUrl: 'https://transfer.api.globus.org',
      globusAuthUrl: 'https://auth.globus.org',
      globusCallsPerSecond: 20,
      dataverseSuperuserSecret: 'dataverse-superuser',
      dataverseUnblockKeySecret: undefined,
      urlSigningSecret: 'url-signing',
      secretsFile: undefined,
      logFile: undefined,
      accessRulesTable: 'access-rules',
      transfersTable: 'transfers',
      downloadsTable: 'downloads',
      stateMachineArn: 'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
    } satisfies Settings);
  });

  it.each([
    { name: 'DATAVERSE_URL', value: 'https://admin:hunter2@host/x' },
    { name: 'SITE_URL', value: 'https://host/?token=hunter2' },
    { name: 'STORES', value: 'hunter2' },
    { name: 'STORES', value: '[{"storeId":"globusm","globusSecret":"hunter2"}]' },
  ])('repeat no secret that was pasted into $name', ({ name, value }) => {
    const error = errorOf({ ...REQUIRED, [name]: value });
    expect(error.message).toContain(`${name}: expected`);
    expect(error.message).not.toContain('hunter2');
  });

  it('cannot be changed once they are read', () => {
    expect(Object.isFrozen(parseSettings(REQUIRED))).toBe(true);
  });

  it('leave alone whatever else is in the environment', () => {
    expect(settingsWith({ PATH: '/usr/bin', HOME: '/root', AWS_REGION: 'eu-west-2', PORT: '8080' })).toEqual(
      parseSettings(REQUIRED),
    );
  });

  it.each<{ case: string; changes: Environment; expected: Partial<Settings> }>([
    { case: 'the shortest lease', changes: { LEASE_SECONDS: '1' }, expected: { leaseSeconds: 1 } },
    { case: 'the longest lease', changes: { LEASE_SECONDS: '86400' }, expected: { leaseSeconds: 86_400 } },
    { case: 'a lease left empty', changes: { LEASE_SECONDS: '' }, expected: { leaseSeconds: 300 } },
    { case: 'the shortest URL', changes: { SIGNED_URL_MINUTES: '1' }, expected: { signedUrlMinutes: 1 } },
    { case: 'the longest URL', changes: { SIGNED_URL_MINUTES: '1440' }, expected: { signedUrlMinutes: 1_440 } },
    { case: 'the smallest grant', changes: { MAX_FILES_PER_GRANT: '1' }, expected: { maxFilesPerGrant: 1 } },
    { case: 'the largest grant', changes: { MAX_FILES_PER_GRANT: '50000' }, expected: { maxFilesPerGrant: 50_000 } },
    {
      case: 'the service account for users without a token',
      changes: { NO_TOKEN_POLICY: 'service-account' },
      expected: { noTokenPolicy: 'service-account' },
    },
    {
      case: 'attention for users without a token',
      changes: { NO_TOKEN_POLICY: 'attention' },
      expected: { noTokenPolicy: 'attention' },
    },
    {
      case: 'locks only while files are registered',
      changes: { LOCK_POLICY: 'registration' },
      expected: { lockPolicy: 'registration' },
    },
    { case: 'cancelled ones too', changes: { REGISTER_CANCELLED: 'true' }, expected: { registerCancelled: true } },
    { case: 'cancelled ones not', changes: { REGISTER_CANCELLED: 'false' }, expected: { registerCancelled: false } },
    { case: 'a file of secrets', changes: { SECRETS_FILE: './s.json' }, expected: { secretsFile: './s.json' } },
    { case: 'a log file', changes: { LOG_FILE: './log.jsonl' }, expected: { logFile: './log.jsonl' } },
    {
      case: 'the name of the unblock key',
      changes: { DATAVERSE_UNBLOCK_KEY_SECRET: 'unblock' },
      expected: { dataverseUnblockKeySecret: 'unblock' },
    },
    {
      case: 'an address with a slash at its end',
      changes: { SITE_URL: 'https://dataverse.example.edu/' },
      expected: { siteUrl: 'https://dataverse.example.edu' },
    },
    {
      case: 'an address in capitals and with the port that is meant anyway',
      changes: { SITE_URL: 'HTTPS://Dataverse.Example.EDU:443' },
      expected: { siteUrl: 'https://dataverse.example.edu' },
    },
    {
      case: 'another Globus',
      changes: { GLOBUS_TRANSFER_URL: 'http://127.0.0.1:8081', GLOBUS_AUTH_URL: 'http://127.0.0.1:8081' },
      expected: { globusTransferUrl: 'http://127.0.0.1:8081', globusAuthUrl: 'http://127.0.0.1:8081' },
    },
  ])('accept $case', ({ changes, expected }) => {
    expect(settingsWith(changes)).toMatchObject(expected);
  });

  it.each([
    { name: 'LEASE_SECONDS', value: '0' },
    { name: 'LEASE_SECONDS', value: '86401' },
    { name: 'LEASE_SECONDS', value: '5m' },
    { name: 'LEASE_SECONDS', value: '1.5' },
    { name: 'LEASE_SECONDS', value: '-1' },
    { name: 'LEASE_SECONDS', value: '1e2' },
    { name: 'LEASE_SECONDS', value: ' 300' },
    { name: 'SIGNED_URL_MINUTES', value: '0' },
    { name: 'SIGNED_URL_MINUTES', value: '1441' },
    { name: 'MAX_FILES_PER_GRANT', value: '0' },
    { name: 'MAX_FILES_PER_GRANT', value: '50001' },
    { name: 'NO_TOKEN_POLICY', value: 'Attention' },
    { name: 'NO_TOKEN_POLICY', value: 'ignore' },
    { name: 'LOCK_POLICY', value: 'registering' },
    { name: 'REGISTER_CANCELLED', value: 'yes' },
    { name: 'REGISTER_CANCELLED', value: 'TRUE' },
    { name: 'SITE_URL', value: 'dataverse.example.edu' },
    { name: 'SITE_URL', value: 'https://dataverse.example.edu/dataverse' },
    { name: 'SITE_URL', value: 'ftp://dataverse.example.edu' },
    { name: 'DATAVERSE_URL', value: 'http://' },
    { name: 'GLOBUS_TRANSFER_URL', value: 'https://transfer.api.globus.org/v0.10' },
    { name: 'GLOBUS_AUTH_URL', value: 'auth.globus.org' },
  ])('refuse $name=$value with the rule, the value and an example', ({ name, value }) => {
    const [fault, ...others] = faultsWith({ [name]: value });
    expect(others).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${name}: expected .+, got .+ \\(example: .+\\)$`));
    expect(fault).toContain(`got ${JSON.stringify(value)}`);
  });

  it.each(Object.keys(REQUIRED).map((name) => ({ name })))(
    'refuse to be without $name, or with an empty one',
    ({ name }) => {
      expect(faultsWith({ [name]: undefined })).toEqual([
        expect.stringMatching(new RegExp(`^${name}: expected .+, got nothing \\(example: .+\\)$`)),
      ]);
      expect(faultsWith({ [name]: '' })).toHaveLength(1);
    },
  );

  it('name every fault at once', () => {
    const error = errorOf({ ...REQUIRED, LEASE_SECONDS: 'x', SITE_URL: undefined, STORES: '[]', LEASE_SECOND: '3' });
    expect(error.faults.map((fault) => fault.split(':')[0])).toEqual([
      'LEASE_SECOND',
      'SITE_URL',
      'STORES',
      'LEASE_SECONDS',
    ]);
    expect(error.message).toBe(
      `The configuration has 4 faults:\n${error.faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
    expect(error.name).toBe('ConfigurationError');
  });

  it('name everything that is needed when nothing is set', () => {
    expect(errorOf({}).faults.map((fault) => fault.split(':')[0])).toEqual(Object.keys(REQUIRED));
  });

  it('give an example that is accepted for every number they refuse', () => {
    for (const name of ['LEASE_SECONDS', 'SIGNED_URL_MINUTES', 'MAX_FILES_PER_GRANT']) {
      const [fault = ''] = faultsWith({ [name]: 'x' });
      const [, example] = /\(example: (.+)\)$/.exec(fault) ?? [];
      expect(settingsWith({ [name]: example })).toEqual(parseSettings(REQUIRED));
    }
  });
});

describe('a name that is nearly that of a setting', () => {
  it.each([
    { name: 'LEASE_SECOND', meant: 'LEASE_SECONDS' },
    { name: 'LEASE_SECS', meant: undefined },
    { name: 'LEASE-SECONDS', meant: 'LEASE_SECONDS' },
    { name: 'lease_seconds', meant: 'LEASE_SECONDS' },
    { name: 'LAESE_SECONDS', meant: 'LEASE_SECONDS' },
    { name: 'REGISTER_CANCELED', meant: 'REGISTER_CANCELLED' },
    { name: 'SIGNED_URL_MINUTE', meant: 'SIGNED_URL_MINUTES' },
    { name: 'NO_TOKEN_POLICIES', meant: undefined },
    { name: 'SITE_URI', meant: 'SITE_URL' },
    { name: 'URL_SIGNING_SECRETS', meant: 'URL_SIGNING_SECRET' },
    { name: 'STORAGE', meant: undefined },
    { name: 'LOG_LEVEL', meant: undefined },
  ])('is a fault when it is within two slips: $name', ({ name, meant }) => {
    if (meant === undefined) expect(settingsWith({ [name]: 'x' })).toEqual(parseSettings(REQUIRED));
    else expect(faultsWith({ [name]: 'x' })).toEqual([`${name}: there is no such setting; is ${meant} meant?`]);
  });

  it('is a fault for any one letter too few', () => {
    const names = fc.constantFrom('LEASE_SECONDS', 'MAX_FILES_PER_GRANT', 'REGISTER_CANCELLED', 'LOG_FILE', 'SITE_URL');
    fc.assert(
      fc.property(names, fc.nat({ max: 7 }), (name, at) => {
        const slip = name.slice(0, at) + name.slice(at + 1);
        expect(faultsWith({ [slip]: '300' })).toEqual([`${slip}: there is no such setting; is ${name} meant?`]);
      }),
    );
  });
});

describe('the setting STORES', () => {
  it('takes several stores, with a bucket and with the collection to themselves', () => {
    const stores = [
      { ...A_STORE, exclusive: true },
      { ...A_STORE, storeId: 's3g', basePath: '', bucket: 'dv-bucket', collectionId: COLLECTION.toUpperCase() },
    ];
    expect(settingsWith({ STORES: JSON.stringify(stores) }).stores).toEqual([
      { ...A_STORE, bucket: null, exclusive: true },
      { ...A_STORE, storeId: 's3g', basePath: '', bucket: 'dv-bucket', exclusive: false },
    ]);
  });

  it.each([
    { case: 'no JSON', stores: '[{', reason: 'JSON' },
    { case: 'an object', stores: A_STORE, reason: ': ' },
    { case: 'an empty list', stores: [], reason: ': ' },
    { case: 'a store without its id', stores: [{ ...A_STORE, storeId: undefined }], reason: '0.storeId: ' },
    { case: 'an id that no identifier can carry', stores: [{ ...A_STORE, storeId: 'a:b' }], reason: '0.storeId: ' },
    { case: 'an empty id', stores: [{ ...A_STORE, storeId: '' }], reason: '0.storeId: ' },
    {
      case: 'a collection that is no UUID',
      stores: [{ ...A_STORE, collectionId: 'x' }],
      reason: 'collection: expected a UUID',
    },
    {
      case: 'a base path with a slash at its end',
      stores: [{ ...A_STORE, basePath: '/hdc1/' }],
      reason: '0.basePath: ',
    },
    { case: 'a relative base path', stores: [{ ...A_STORE, basePath: 'hdc1' }], reason: '0.basePath: ' },
    { case: 'a base path of a slash', stores: [{ ...A_STORE, basePath: '/' }], reason: '0.basePath: ' },
    { case: 'no secret', stores: [{ ...A_STORE, globusSecret: undefined }], reason: '0.globusSecret: ' },
    { case: 'an empty secret name', stores: [{ ...A_STORE, globusSecret: '' }], reason: '0.globusSecret: ' },
    { case: 'exclusive as a text', stores: [{ ...A_STORE, exclusive: 'true' }], reason: '0.exclusive: ' },
    { case: 'a member misspelt', stores: [{ ...A_STORE, bucketName: 'x' }], reason: '0: ' },
    { case: 'a fault in the second', stores: [A_STORE, { ...A_STORE, storeId: 7 }], reason: '1.storeId: ' },
    { case: 'one store twice', stores: [A_STORE, A_STORE], reason: 'a storeId is given twice' },
  ])('refuses $case, with the place', ({ stores, reason }) => {
    const fault = storeFault(stores);
    expect(fault).toMatch(/^STORES: expected a JSON list of .+, got .+ \(example: .+\)$/);
    expect(fault).toContain(`got something else: `);
    expect(fault).toContain(reason);
  });
});

describe('a refusal of settings', () => {
  it('shows nothing of the settings that are right, such as the names of secrets', () => {
    const { message } = errorOf({
      ...REQUIRED,
      DATAVERSE_SUPERUSER_SECRET: 'canary-1',
      URL_SIGNING_SECRET: 'canary-2',
      DATAVERSE_UNBLOCK_KEY_SECRET: 'canary-3',
      STORES: JSON.stringify([{ ...A_STORE, globusSecret: 'canary-4' }]),
      LEASE_SECONDS: 'x',
    });
    expect(message).not.toContain('canary');
  });

  it('shows nothing of variables that are no settings', () => {
    const { message } = errorOf({
      AWS_SECRET_ACCESS_KEY: 'canary-1',
      LEASE_SECOND: 'canary-2',
      GLOBUS_TOKEN: 'canary-3',
    });
    expect(message).not.toContain('canary');
  });

  it('quotes a long value by its beginning', () => {
    const { message } = errorOf({ ...REQUIRED, STORES: `${'x'.repeat(120)}canary` });
    expect(message).not.toContain('canary');
  });
});
