import { OPERATOR_SETTINGS } from '../../functions/config.ts';
import type { SettingTable } from '../../functions/read-settings.ts';
import { jsonIn, optional, type Setting, structured, text, wholeNumber } from '../../functions/setting.ts';

/** What CloudWatch accepts as days of retention, up to two years. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/** Settings of the stacks on AWS themselves, beside those of the functions. */
export const DEPLOYMENT_SETTINGS = {
  STACK_PREFIX: {
    ...text(
      { meaning: 'what the names of the two stacks begin with; another one makes a second installation' },
      'letters, digits and hyphens, a letter first, at most 40',
      'dataverse-globus',
    ),
    fallback: 'dataverse-globus',
    read: (given: string) => {
      if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(given)) throw new Error('');
      return given;
    },
  },
  CORS_ORIGINS: structured(
    { meaning: 'where browsers may call from: the address of the dataverse-globus app' },
    {
      expected: 'a JSON list of https origins without path',
      example: '["https://gdcc.github.io"]',
      read: readOrigins,
    },
  ),
  SWEEP_SECONDS: wholeMinutes({ meaning: 'seconds between two sweeps over what was left behind' }, 60, 3_600, 300),
  REQUESTS_PER_SECOND: wholeNumber(
    { meaning: 'requests that the API takes in a second on average, all callers together; beyond that it answers 429' },
    1,
    10_000,
    50,
  ),
  REQUEST_BURST: wholeNumber({ meaning: 'requests that may come at once' }, 1, 5_000, 100),
  LOG_RETENTION_DAYS: daysOfRetention({
    meaning: 'days that logs are kept; the audit trail of a transfer is in its record',
  }),
  ALARM_EMAIL: optional({
    ...text({ meaning: 'who is told of alarms' }, 'an e-mail address', 'operators@dataverse.edu'),
    read: (given: string) => {
      if (!/^[^\s@"<>()[\],;:\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(given)) throw new Error('');
      return given;
    },
  }),
} as const satisfies SettingTable;

/** The settings of the service, as far as an operator decides them. Keys are sent to the addresses among them, so that those are https. */
export const SERVICE_SETTINGS = {
  ...OPERATOR_SETTINGS,
  DATAVERSE_URL: encrypted(OPERATOR_SETTINGS.DATAVERSE_URL),
  SITE_URL: encrypted(OPERATOR_SETTINGS.SITE_URL),
  GLOBUS_TRANSFER_URL: encrypted(OPERATOR_SETTINGS.GLOBUS_TRANSFER_URL),
  GLOBUS_AUTH_URL: encrypted(OPERATOR_SETTINGS.GLOBUS_AUTH_URL),
} as const satisfies SettingTable;

function encrypted(address: Setting<string>): Setting<string> {
  return {
    ...address,
    expected: address.expected.replace('an http or https', 'an https'),
    read: (given) => {
      const origin = address.read(given);
      if (!origin.startsWith('https:')) throw new Error('keys are sent there');
      return origin;
    },
  };
}

/** On AWS a secret must have a name that Secrets Manager accepts. */
export const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

function readOrigins(given: string): readonly string[] {
  const origins = jsonIn(given);
  if (!Array.isArray(origins) || origins.length === 0) throw new Error('no list, or an empty one');
  for (const each of origins) {
    const address = typeof each === 'string' && URL.canParse(each) ? new URL(each) : undefined;
    if (address?.protocol !== 'https:' || address.origin !== each) throw new Error('an entry is no https origin');
  }
  return origins;
}

/** Schedules on AWS count in minutes. */
function wholeMinutes(about: { meaning: string }, minimum: number, maximum: number, fallback: number): Setting<number> {
  const seconds = wholeNumber(about, minimum, maximum, fallback);
  return {
    ...seconds,
    expected: `${seconds.expected}, in whole minutes`,
    read: (given) => {
      const value = seconds.read(given);
      if (value % 60 !== 0) throw new Error('');
      return value;
    },
  };
}

function daysOfRetention(about: { meaning: string }): Setting<number> {
  const days = wholeNumber(about, 1, 731, 90);
  return {
    ...days,
    expected: `one of ${RETENTION_DAYS.join(', ')}`,
    read: (given) => {
      const value = days.read(given);
      if (!RETENTION_DAYS.includes(value)) throw new Error('');
      return value;
    },
  };
}
