import { type CollectionId, parseCollectionId } from './domain/ids.ts';
import { z } from './domain/schema.ts';
import type { Store } from './domain/store.ts';

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
  readonly globusTransferUrl: string;
  readonly globusAuthUrl: string;
  /** What Globus allows one identity (G3). */
  readonly globusCallsPerSecond: number;
  readonly dataverseSuperuserSecret: string;
  readonly dataverseUnblockKeySecret: string | undefined;
  readonly urlSigningSecret: string;
  /** A JSON file instead of the cloud's secret store. */
  readonly secretsFile: string;
  /** A file the log is appended to, instead of standard output. */
  readonly logFile: string | undefined;
  readonly accessRulesTable: string;
  readonly transfersTable: string;
  readonly stateMachineArn: string;
}

/** One setting: its rule in words, an example, and how its text is read. `read` throws an Error with the reason. */
interface Rule<Value> {
  readonly expected: string;
  readonly example: string;
  readonly fallback?: Value;
  /** How a wrong value is shown, where it may hold a secret that was pasted into the wrong place. */
  readonly shown?: (text: string) => string;
  readonly read: (text: string) => Value;
}

/** Tells which settings are wrong, all of them at once; never echoes a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

const RULES = {
  DATAVERSE_URL: url('where to connect to Dataverse', 'http://dataverse.internal:8080'),
  SITE_URL: url('the public address of the Dataverse site', 'https://dataverse.example.edu'),
  STORES: {
    expected: 'a JSON list of {storeId, collectionId, basePath, globusSecret, bucket?, exclusive?}',
    example:
      '[{"storeId":"globusm","collectionId":"d8c42580-6528-4605-9ad8-116a61982644","basePath":"/hdc1","globusSecret":"globus-client"}]',
    shown: () => 'something else',
    read: readStores,
  },
  LEASE_SECONDS: wholeNumber(1, 86_400, 300),
  SIGNED_URL_MINUTES: wholeNumber(1, 1_440, 300),
  MAX_FILES_PER_GRANT: wholeNumber(1, 50_000, 10_000),
  NO_TOKEN_POLICY: oneOf(['attention', 'service-account'], 'attention'),
  REGISTER_CANCELLED: { ...oneOf(['true', 'false'], 'false'), fallback: false, read: (text: string) => readFlag(text) },
  GLOBUS_TRANSFER_URL: {
    ...url('the Globus Transfer service', 'https://transfer.api.globus.org'),
    fallback: 'https://transfer.api.globus.org',
  },
  GLOBUS_AUTH_URL: {
    ...url('the Globus Auth service', 'https://auth.globus.org'),
    fallback: 'https://auth.globus.org',
  },
  GLOBUS_CALLS_PER_SECOND: wholeNumber(1, 10_000, 20),
  DATAVERSE_SUPERUSER_SECRET: secretName('dataverse-superuser'),
  DATAVERSE_UNBLOCK_KEY_SECRET: optional(secretName('dataverse-unblock-key')),
  URL_SIGNING_SECRET: secretName('url-signing'),
  SECRETS_FILE: text('a path of a JSON file {"<secret name>": "<value>"}', './secrets.json'),
  LOG_FILE: optional(text('a path', './log.jsonl')),
  ACCESS_RULES_TABLE: text('the name of the table of access rules', 'access-rules'),
  TRANSFERS_TABLE: text('the name of the table of transfers', 'transfers'),
  STATE_MACHINE_ARN: text(
    'the ARN of the transfer workflow',
    'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
  ),
};

/**
 * Turns an environment into settings.
 * @throws ConfigurationError listing every fault: wrong values, missing ones, and names that differ from a known one by a slip
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const faults: string[] = nearMisses(Object.keys(environment));
  const read = <Value>(name: keyof typeof RULES, rule: Rule<Value>): Value => {
    const given = environment[name];
    if (given === undefined || given === '') {
      if ('fallback' in rule) return rule.fallback as Value;
      faults.push(`${name}: expected ${rule.expected}, got nothing (example: ${rule.example})`);
      return undefined as Value;
    }
    try {
      return rule.read(given);
    } catch (error) {
      const reason = error instanceof Error && error.message ? `: ${error.message}` : '';
      const got = rule.shown?.(given) ?? quoted(given);
      faults.push(`${name}: expected ${rule.expected}, got ${got}${reason} (example: ${rule.example})`);
      return undefined as Value;
    }
  };
  const settings: Settings = {
    dataverseUrl: read('DATAVERSE_URL', RULES.DATAVERSE_URL),
    siteUrl: read('SITE_URL', RULES.SITE_URL),
    stores: read('STORES', RULES.STORES),
    leaseSeconds: read('LEASE_SECONDS', RULES.LEASE_SECONDS),
    signedUrlMinutes: read('SIGNED_URL_MINUTES', RULES.SIGNED_URL_MINUTES),
    maxFilesPerGrant: read('MAX_FILES_PER_GRANT', RULES.MAX_FILES_PER_GRANT),
    noTokenPolicy: read('NO_TOKEN_POLICY', RULES.NO_TOKEN_POLICY),
    registerCancelled: read('REGISTER_CANCELLED', RULES.REGISTER_CANCELLED),
    globusTransferUrl: read('GLOBUS_TRANSFER_URL', RULES.GLOBUS_TRANSFER_URL),
    globusAuthUrl: read('GLOBUS_AUTH_URL', RULES.GLOBUS_AUTH_URL),
    globusCallsPerSecond: read('GLOBUS_CALLS_PER_SECOND', RULES.GLOBUS_CALLS_PER_SECOND),
    dataverseSuperuserSecret: read('DATAVERSE_SUPERUSER_SECRET', RULES.DATAVERSE_SUPERUSER_SECRET),
    dataverseUnblockKeySecret: read('DATAVERSE_UNBLOCK_KEY_SECRET', RULES.DATAVERSE_UNBLOCK_KEY_SECRET),
    urlSigningSecret: read('URL_SIGNING_SECRET', RULES.URL_SIGNING_SECRET),
    secretsFile: read('SECRETS_FILE', RULES.SECRETS_FILE),
    logFile: read('LOG_FILE', RULES.LOG_FILE),
    accessRulesTable: read('ACCESS_RULES_TABLE', RULES.ACCESS_RULES_TABLE),
    transfersTable: read('TRANSFERS_TABLE', RULES.TRANSFERS_TABLE),
    stateMachineArn: read('STATE_MACHINE_ARN', RULES.STATE_MACHINE_ARN),
  };
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(settings);
}

function quoted(given: string): string {
  return JSON.stringify(given.slice(0, 120));
}

function text(expected: string, example: string): Rule<string> {
  return { expected, example, read: (given) => given };
}

function secretName(example: string): Rule<string> {
  return text('the name of a secret', example);
}

function optional<Value>(rule: Rule<Value>): Rule<Value | undefined> {
  return { ...rule, fallback: undefined };
}

function url(what: string, example: string): Rule<string> {
  return {
    expected: `${what} as an http or https address without user, path or query`,
    example,
    shown: (given) => quoted(given.replace(/\/\/.*@/, '//…@').replace(/[?#].*/, '?…')),
    read: (given) => {
      const address = new URL(given);
      // The normalised text of a bare origin is the origin and a slash: anything more was asked for in vain.
      if (!['http:', 'https:'].includes(address.protocol) || address.href !== `${address.origin}/`) throw new Error('');
      return address.origin;
    },
  };
}

function wholeNumber(minimum: number, maximum: number, fallback: number): Rule<number> {
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    example: String(fallback),
    fallback,
    read: (given) => {
      const value = /^[0-9]{1,9}$/.test(given) ? Number(given) : Number.NaN;
      if (!(value >= minimum && value <= maximum)) throw new Error('');
      return value;
    },
  };
}

function oneOf<const Choice extends string>(choices: readonly Choice[], fallback: Choice): Rule<Choice> {
  return {
    expected: `one of ${choices.join(', ')}`,
    example: fallback,
    fallback,
    read: (given) => {
      const choice = choices.find((each) => each === given);
      if (choice === undefined) throw new Error('');
      return choice;
    },
  };
}

function readFlag(given: string): boolean {
  if (given !== 'true' && given !== 'false') throw new Error('');
  return given === 'true';
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
  const parsed = z.array(storeSchema).check(z.minLength(1)).safeParse(parsedOrNothing(given));
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

/** The parser's own message quotes the text, which may be a secret. */
function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
}

/** Names in the environment that are one or two slips away from a setting's: surely meant, and else silently without effect. */
function nearMisses(names: readonly string[]): string[] {
  const known = Object.keys(RULES);
  return names.flatMap((name) => {
    if (known.includes(name)) return [];
    const meant = known.find(
      (each) => each.length >= 8 && slipsBetween(name.toUpperCase(), each) <= (name.toUpperCase() === each ? 0 : 2),
    );
    return meant ? [`${name}: there is no such setting; is ${meant} meant?`] : [];
  });
}

/** Levenshtein distance, cut off at lengths that differ by more than two. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
