import { nameMeant } from '../../functions/read-settings.ts';

/** The settings of the local run, parsed. A port of 0 means any free one. */
export interface LocalSettings {
  readonly apiPort: number;
  readonly globusPort: number;
  readonly dataversePort: number;
  readonly stateDirectory: string;
  readonly leaseSeconds: number;
  /** Seconds between two sweeps. */
  readonly sweepSeconds: number;
  /** Per task; undefined means unlimited. */
  readonly globusBytesPerSecond: number | undefined;
  /** Settings of the product itself, handed to the functions as they came; they check them. */
  readonly productSettings: Readonly<Record<string, string>>;
}

/** The environment cannot be used; the message lists every fault. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError';
}

interface SettingRule {
  readonly name: string;
  readonly meaning: string;
  /** As text; empty means none. */
  readonly byDefault: string;
  readonly expected: string;
  readonly example: string;
  readonly accepts: (text: string) => boolean;
}

const PORT_RULE = {
  expected: 'a whole number from 0 to 65535, 0 for any free port',
  accepts: (text: string) => isWholeNumber(text, 0, 65_535),
};

/** The settings of the local run itself, in the order they are shown. */
export const LOCAL_SETTINGS: readonly SettingRule[] = [
  { name: 'PORT', meaning: 'API, and the public site around it', byDefault: '8080', example: '9080', ...PORT_RULE },
  { name: 'GLOBUS_PORT', meaning: 'Globus simulator', byDefault: '8081', example: '9081', ...PORT_RULE },
  { name: 'DATAVERSE_PORT', meaning: 'Dataverse stand-in', byDefault: '8082', example: '9082', ...PORT_RULE },
  {
    name: 'STATE_DIR',
    meaning: 'folder that holds all state; may exist and be empty',
    byDefault: '.local',
    expected: 'a path',
    example: '.local',
    accepts: (text) => text.trim() !== '' && !text.includes('\0'),
  },
  {
    name: 'LEASE_SECONDS',
    meaning: 'how long a grant may live without a report',
    byDefault: '300',
    expected: 'a whole number from 1 to 86400',
    example: '300',
    accepts: (text) => isWholeNumber(text, 1, 86_400),
  },
  {
    name: 'SWEEP_SECONDS',
    meaning: 'seconds between two sweeps over what was left behind',
    byDefault: '30',
    expected: 'a whole number from 1 to 86400',
    example: '30',
    accepts: (text) => isWholeNumber(text, 1, 86_400),
  },
  {
    name: 'GLOBUS_BYTES_PER_SECOND',
    meaning: 'speed of each simulated task (default: unlimited)',
    byDefault: '',
    expected: 'a whole number from 1',
    example: '1000000',
    accepts: (text) => isWholeNumber(text, 1, Number.MAX_SAFE_INTEGER),
  },
];

/** Settings of the product that a local run may be given; the functions parse them (design 9). */
export const PRODUCT_SETTINGS: readonly string[] = [
  'SIGNED_URL_MINUTES',
  'MAX_FILES_PER_GRANT',
  'NO_TOKEN_POLICY',
  'LOCK_POLICY',
  'MIXED_ACCESS_POLICY',
  'REGISTER_CANCELLED',
];

/**
 * Reads the settings of a local run from an environment. An empty value counts as none.
 * @throws InvalidSettingsError naming each fault with its rule and an example, near-miss spellings among them
 */
export function parseLocalSettings(environment: Readonly<Record<string, string | undefined>>): LocalSettings {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const rule of LOCAL_SETTINGS) {
    const text = environment[rule.name] || rule.byDefault;
    values[rule.name] = text;
    if (text === '' || rule.accepts(text)) continue;
    faults.push(`${rule.name}: expected ${rule.expected}, got "${text}" (example: ${rule.name}=${rule.example})`);
  }
  faults.push(...findNearMisses(environment));
  if (faults.length === 0) faults.push(...findSharedPorts(values));
  if (faults.length > 0) throw new InvalidSettingsError(faults.join('\n'));

  const product = PRODUCT_SETTINGS.flatMap((name) => {
    const value = environment[name];
    return value ? [[name, value] as const] : [];
  });
  const speed = values['GLOBUS_BYTES_PER_SECOND'];
  return {
    apiPort: Number(values['PORT']),
    globusPort: Number(values['GLOBUS_PORT']),
    dataversePort: Number(values['DATAVERSE_PORT']),
    stateDirectory: values['STATE_DIR'] ?? '',
    leaseSeconds: Number(values['LEASE_SECONDS']),
    sweepSeconds: Number(values['SWEEP_SECONDS']),
    globusBytesPerSecond: speed ? Number(speed) : undefined,
    productSettings: Object.fromEntries(product),
  };
}

function isWholeNumber(text: string, least: number, most: number): boolean {
  return /^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function findSharedPorts(values: Readonly<Record<string, string>>): string[] {
  const names = ['PORT', 'GLOBUS_PORT', 'DATAVERSE_PORT'];
  return names.flatMap((name, index) => {
    const earlier = names.slice(0, index).find((other) => Number(values[other]) === Number(values[name]));
    if (!earlier || Number(values[name]) === 0) return [];
    return [`${name}: expected another port than ${earlier}, got "${values[name]}" for both (example: ${name}=0)`];
  });
}

function findNearMisses(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...LOCAL_SETTINGS.map((rule) => rule.name), ...PRODUCT_SETTINGS];
  const given = Object.keys(environment).filter((name) => environment[name]);
  return given.flatMap((name) => {
    const meant = nameMeant(name, known);
    return meant ? [`${name}: expected the spelling ${meant} (example: ${meant}=${exampleOf(meant)})`] : [];
  });
}

function exampleOf(name: string): string {
  return LOCAL_SETTINGS.find((rule) => rule.name === name)?.example ?? '…';
}
