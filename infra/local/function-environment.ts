import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tables } from '../../functions/manifest.ts';
import type { LocalSettings } from './settings.ts';
import { FIXTURE_WORLD } from './simulators/dataverse/fixture.ts';
import { fixtureWorld, SERVICE_ID } from './simulators/globus/fixture.ts';

/** Names in the local secret store. */
const GLOBUS_CLIENT = 'globus-client';
const DATAVERSE_SUPERUSER = 'dataverse-superuser';
const URL_SIGNING = 'url-signing';

export interface PartAddresses {
  readonly dynamoDbUrl: string;
  readonly workflowUrl: string;
  readonly stateMachineArn: string;
  readonly siteUrl: string;
  readonly dataverseUrl: string;
  readonly globusUrl: string;
}

/** Variables of a developer's shell that would send the AWS clients elsewhere than to the loopback addresses. */
const REMOVED_VARIABLES = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINT_URL',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
];

/** All that the functions read from their environment in a local run. */
export function functionEnvironment(
  settings: LocalSettings,
  stateDirectory: string,
  addresses: PartAddresses,
): Record<string, string> {
  return {
    ...settings.productSettings,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDbUrl,
    AWS_ENDPOINT_URL_SFN: addresses.workflowUrl,
    ACCESS_RULES_TABLE: tables.accessRules.tableName,
    TRANSFERS_TABLE: tables.transfers.tableName,
    DOWNLOADS_TABLE: tables.downloads.tableName,
    STATE_MACHINE_ARN: addresses.stateMachineArn,
    DATAVERSE_URL: addresses.dataverseUrl,
    SITE_URL: addresses.siteUrl,
    GLOBUS_TRANSFER_URL: addresses.globusUrl,
    GLOBUS_AUTH_URL: addresses.globusUrl,
    // The simulator meters nothing unless told.
    GLOBUS_CALLS_PER_SECOND: '10000',
    STORES: JSON.stringify(managedStores()),
    SECRETS_FILE: secretsFileIn(stateDirectory),
    DATAVERSE_SUPERUSER_SECRET: DATAVERSE_SUPERUSER,
    URL_SIGNING_SECRET: URL_SIGNING,
    LEASE_SECONDS: String(settings.leaseSeconds),
    LOG_FILE: logFileIn(stateDirectory),
  };
}

/** Takes a shell's own AWS settings out of this process's environment; to be done before the first AWS client is made. */
export function removeForeignAwsVariables(): void {
  for (const name of REMOVED_VARIABLES) delete process.env[name];
}

/** Puts the functions' variables into this process's environment; to be done before a handler is imported. */
export function applyEnvironment(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
}

/** Where the functions and the stack's parts write their log. */
export function logFileIn(stateDirectory: string): string {
  return join(stateDirectory, 'log.jsonl');
}

function secretsFileIn(stateDirectory: string): string {
  return join(stateDirectory, 'secrets.json');
}

/**
 * Writes the local secret store, readable by its owner only. The key that signs our URLs is made once and kept, so that
 * URLs handed out before a restart stay good.
 * @throws Error when the fixture lacks the service's identities
 */
export function writeSecretsFile(stateDirectory: string): void {
  const file = secretsFileIn(stateDirectory);
  const service = fixtureWorld.identities.find((identity) => identity.id === SERVICE_ID);
  const superuser = FIXTURE_WORLD.users.find((user) => user.superuser);
  if (!service?.clientSecret || !superuser?.apiToken) throw new Error('the fixture has no service identity');
  const secrets = {
    [GLOBUS_CLIENT]: Buffer.from(`${service.id}:${service.clientSecret}`).toString('base64'),
    [DATAVERSE_SUPERUSER]: superuser.apiToken,
    [URL_SIGNING]: readSecret(file, URL_SIGNING) ?? randomBytes(32).toString('hex'),
  };
  // Renamed into place: a kill in between must not leave half a file and so a lost signing key.
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readSecret(file: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The managed stores of the stand-in, as the setting `STORES` describes them (design 9). */
function managedStores(): readonly Record<string, unknown>[] {
  return FIXTURE_WORLD.stores.flatMap((store) => {
    const endpoint = store.managed ? store.transferEndpointWithBasePath : undefined;
    if (!endpoint) return [];
    const slash = endpoint.indexOf('/');
    return [
      {
        storeId: store.id,
        collectionId: endpoint.slice(0, slash),
        basePath: endpoint.slice(slash),
        ...(store.bucket ? { bucket: store.bucket } : {}),
        globusSecret: GLOBUS_CLIENT,
        exclusive: true,
      },
    ];
  });
}
