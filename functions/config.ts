import { type CollectionId, parseCollectionId } from './domain/ids.ts';
import * as z from './domain/schema.ts';
import type { Store } from './domain/store.ts';
import type { LockPolicy } from './domain/transfer.ts';
import { ConfigurationError, nameMeant, readSettings, type SettingTable } from './read-settings.ts';
import {
  flag,
  jsonIn,
  oneOf,
  optional,
  origin,
  secretName,
  structured,
  text,
  wholeNumber,
  withDefault,
} from './setting.ts';

/** Everything that can be set, parsed once. Secrets are named here and read from the secret store. */
export interface Settings {
  /** Where to connect to Dataverse. */
  readonly dataverseUrl: string;
  /** The public address of the site: its signatures cover it. */
  readonly siteUrl: string;
  readonly stores: readonly Store[];
  readonly leaseSeconds: number;
  readonly signedUrlMinutes: number;
  readonly maxFilesPerGrant: number;
  readonly noTokenPolicy: 'attention' | 'service-account';
  readonly registerCancelled: boolean;
  /** When a dataset is locked for an upload: from its report on, or only while its files are registered. */
  readonly lockPolicy: LockPolicy;
  /** What becomes of a download from a dataset that also has files the caller may not have (T-10). */
  readonly mixedAccessPolicy: 'refuse' | 'allow';
  readonly globusTransferUrl: string;
  readonly globusAuthUrl: string;
  /** What Globus allows one identity (G3). */
  readonly globusCallsPerSecond: number;
  readonly dataverseSuperuserSecret: string;
  readonly dataverseUnblockKeySecret: string | undefined;
  readonly urlSigningSecret: string;
  /** A JSON file instead of Secrets Manager. */
  readonly secretsFile: string | undefined;
  /** A file the log is appended to, instead of standard output. */
  readonly logFile: string | undefined;
  readonly accessRulesTable: string;
  readonly transfersTable: string;
  readonly downloadsTable: string;
  readonly stateMachineArn: string;
}

/** What an operator decides. */
export const OPERATOR_SETTINGS = {
  DATAVERSE_URL: origin(
    { meaning: 'where the functions connect to Dataverse, past the routes that lead to them' },
    'where to connect to Dataverse',
    'https://dataverse-direct.example.edu',
  ),
  SITE_URL: origin(
    { meaning: 'the address people use; Dataverse signs its URLs for it, and ours are built on it' },
    'the public address of the Dataverse site',
    'https://dataverse.example.edu',
  ),
  STORES: structured(
    {
      meaning:
        "the stores that are served; a dataset of any other store is Dataverse's own affair. `globusSecret` names the secret with the client that manages the collection; `exclusive` says that nobody else makes access rules below the base path, so that the sweep may revoke what it does not know",
    },
    {
      expected: 'a JSON list of {storeId, collectionId, basePath, globusSecret, bucket?, exclusive?}',
      example:
        '[{"storeId":"globusm","collectionId":"00000000-0000-4000-8000-000000000000","basePath":"/hdc1","globusSecret":"dataverse-globus/globus-client"}]',
      read: readStores,
    },
  ),
  LEASE_SECONDS: wholeNumber(
    { meaning: 'how long paths that were asked for may wait for their report before the access rule goes' },
    1,
    86_400,
    300,
  ),
  SIGNED_URL_MINUTES: wholeNumber({ meaning: 'how long the URLs that we sign are good' }, 1, 1_440, 300),
  MAX_FILES_PER_GRANT: wholeNumber({ meaning: 'most files that one request for paths may ask for' }, 1, 50_000, 10_000),
  NO_TOKEN_POLICY: oneOf(
    {
      meaning:
        "what becomes of files whose user has no API token any more when they are to be registered: wait for an operator, or register them in the service account's name",
    },
    ['attention', 'service-account'],
    'attention',
  ),
  LOCK_POLICY: oneOf(
    {
      meaning:
        'when a dataset is locked for an upload: from its report to its end, as Dataverse does, or only while its files are registered, so that uploads into one dataset can run side by side',
    },
    ['transfer', 'registration'],
    'transfer',
  ),
  MIXED_ACCESS_POLICY: oneOf(
    {
      meaning:
        "what becomes of a download from a dataset that also has files the caller may not have: refuse it, since an access rule opens the dataset's whole directory, or allow it, where the store is public anyway",
    },
    ['refuse', 'allow'],
    'refuse',
  ),
  REGISTER_CANCELLED: flag({ meaning: 'whether what a cancelled task had moved is registered' }, false),
  GLOBUS_TRANSFER_URL: withDefault(
    origin({ meaning: 'the Globus Transfer API' }, 'the Globus Transfer service', 'https://transfer.api.globus.org'),
    'https://transfer.api.globus.org',
  ),
  GLOBUS_AUTH_URL: withDefault(
    origin({ meaning: 'Globus Auth' }, 'the Globus Auth service', 'https://auth.globus.org'),
    'https://auth.globus.org',
  ),
  GLOBUS_CALLS_PER_SECOND: wholeNumber(
    {
      meaning: 'what all functions together may ask of Globus for each identity of the service (Globus allows some 20)',
    },
    1,
    10_000,
    20,
  ),
  DATAVERSE_SUPERUSER_SECRET: secretName(
    { meaning: "the secret with the API token of the service's superuser account" },
    'dataverse-globus/dataverse-superuser',
  ),
  DATAVERSE_UNBLOCK_KEY_SECRET: optional(
    secretName(
      { meaning: "the secret with Dataverse's unblock key, where `:BlockedApiPolicy` is `unblock-key`" },
      'dataverse-globus/dataverse-unblock-key',
    ),
  ),
  URL_SIGNING_SECRET: secretName(
    { meaning: 'the secret with the keys that sign our URLs' },
    'dataverse-globus/url-signing',
  ),
} as const satisfies SettingTable;

/** What only the stack around the functions knows: the CDK app, or the local run. */
export const STACK_SETTINGS = {
  SECRETS_FILE: optional(
    text(
      { meaning: 'a file that stands in for the secret store' },
      'a path of a JSON file {"<secret name>": "<value>"}',
      './secrets.json',
    ),
  ),
  LOG_FILE: optional(
    text({ meaning: 'a file that the log is appended to, instead of standard output' }, 'a path', './log.jsonl'),
  ),
  ACCESS_RULES_TABLE: text(
    { meaning: 'the table of access rules' },
    'the name of the table of access rules',
    'access-rules',
  ),
  TRANSFERS_TABLE: text({ meaning: 'the table of transfers' }, 'the name of the table of transfers', 'transfers'),
  DOWNLOADS_TABLE: text(
    { meaning: 'the table of file lists that launches from Dataverse brought' },
    'the name of the table of downloads',
    'downloads',
  ),
  STATE_MACHINE_ARN: text(
    { meaning: 'the transfer workflow' },
    'the ARN of the transfer workflow',
    'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
  ),
} as const satisfies SettingTable;

const SETTINGS = { ...OPERATOR_SETTINGS, ...STACK_SETTINGS };

/**
 * Turns an environment into settings.
 * @throws ConfigurationError listing every fault: wrong values, missing ones, and names that differ from a known one by a slip
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { values, faults } = readSettings(SETTINGS, environment);
  const all = [...nearMisses(Object.keys(environment)), ...faults];
  if (all.length > 0) throw new ConfigurationError(all);
  return Object.freeze({
    dataverseUrl: values.DATAVERSE_URL,
    siteUrl: values.SITE_URL,
    stores: values.STORES,
    leaseSeconds: values.LEASE_SECONDS,
    signedUrlMinutes: values.SIGNED_URL_MINUTES,
    maxFilesPerGrant: values.MAX_FILES_PER_GRANT,
    noTokenPolicy: values.NO_TOKEN_POLICY,
    registerCancelled: values.REGISTER_CANCELLED,
    lockPolicy: values.LOCK_POLICY,
    mixedAccessPolicy: values.MIXED_ACCESS_POLICY,
    globusTransferUrl: values.GLOBUS_TRANSFER_URL,
    globusAuthUrl: values.GLOBUS_AUTH_URL,
    globusCallsPerSecond: values.GLOBUS_CALLS_PER_SECOND,
    dataverseSuperuserSecret: values.DATAVERSE_SUPERUSER_SECRET,
    dataverseUnblockKeySecret: values.DATAVERSE_UNBLOCK_KEY_SECRET,
    urlSigningSecret: values.URL_SIGNING_SECRET,
    secretsFile: values.SECRETS_FILE,
    logFile: values.LOG_FILE,
    accessRulesTable: values.ACCESS_RULES_TABLE,
    transfersTable: values.TRANSFERS_TABLE,
    downloadsTable: values.DOWNLOADS_TABLE,
    stateMachineArn: values.STATE_MACHINE_ARN,
  });
}

const storeSchema = z.strictObject({
  storeId: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,50}$/)),
  collectionId: z.string(),
  basePath: z.string().check(z.regex(/^(\/(?!\.{1,2}(\/|$))[^/]+)*$/)),
  bucket: z.optional(z.string()),
  globusSecret: z.string().check(z.minLength(1)),
  exclusive: z.optional(z.boolean()),
});

function readStores(given: string): readonly Store[] {
  const parsed = z.array(storeSchema).check(z.minLength(1)).safeParse(jsonIn(given));
  if (!parsed.success)
    throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const stores = parsed.data.map(({ bucket, exclusive, collectionId, ...store }) => ({
    ...store,
    collectionId: parseCollectionId(collectionId) as CollectionId,
    bucket: bucket ?? null,
    exclusive: exclusive ?? false,
  }));
  if (new Set(stores.map((store) => store.storeId)).size < stores.length) throw new Error('a storeId is given twice');
  return stores;
}

/** Names in the environment that are nearly a setting's: surely meant, and else silently without effect. */
function nearMisses(names: readonly string[]): string[] {
  const known = Object.keys(SETTINGS);
  return names.flatMap((name) => {
    const meant = nameMeant(name, known);
    return meant ? [`${name}: there is no such setting; is ${meant} meant?`] : [];
  });
}
