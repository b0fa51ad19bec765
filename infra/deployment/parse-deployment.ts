import { STACK_SETTINGS } from '../../functions/config.ts';
import { ConfigurationError, nameMeant, readSettings, type ValuesOf } from '../../functions/read-settings.ts';
import { quoted, type Setting } from '../../functions/setting.ts';
import { DEPLOYMENT_SETTINGS, SECRET_NAME, SERVICE_SETTINGS } from './deployment-settings.ts';
import { exampleValueIn, localValueIn } from './public-values.ts';

/** One installation on AWS, as `deployment.json` describes it. */
export interface Deployment {
  readonly stack: ValuesOf<typeof DEPLOYMENT_SETTINGS>;
  readonly functions: ValuesOf<typeof SERVICE_SETTINGS>;
  /** The functions' settings as texts, only those that are set: they go into every function's environment. */
  readonly functionEnvironment: Readonly<Record<string, string>>;
  /** Made from the example: to be looked at, and refused by CloudFormation. */
  readonly isExample: boolean;
}

const KNOWN: Readonly<Record<string, Setting<unknown>>> = { ...DEPLOYMENT_SETTINGS, ...SERVICE_SETTINGS };

const SECRET_SETTINGS = ['DATAVERSE_SUPERUSER_SECRET', 'DATAVERSE_UNBLOCK_KEY_SECRET', 'URL_SIGNING_SECRET'] as const;
/** What Lambda allows (A10), less what the stack adds: names of tables, the workflow's ARN, source maps. */
const MOST_ENVIRONMENT_BYTES = 4_096 - 600;

/**
 * Reads the settings of an installation on AWS.
 * @param content - what `deployment.json` holds: an object of setting to text, number, flag or list
 * @param isExample - the example's own values are accepted: its templates may be looked at, and are never deployed
 * @throws ConfigurationError listing every fault with the setting, the rule and an example
 */
export function parseDeployment(content: unknown, isExample = false): Deployment {
  const given = textsOf(content);
  const stack = readSettings(DEPLOYMENT_SETTINGS, given);
  const functions = readSettings(SERVICE_SETTINGS, given);
  const faults = [
    ...unknownNames(given),
    ...functions.faults,
    ...stack.faults,
    ...secretNameFaults(functions.values),
    ...publicValues(given, isExample),
  ];
  const functionEnvironment = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => Object.hasOwn(SERVICE_SETTINGS, name) && value !== ''),
  );
  faults.push(...tooLong(functionEnvironment));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { stack: stack.values, functions: functions.values, functionEnvironment, isExample };
}

function textsOf(content: unknown): Record<string, string> {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigurationError([
      `settings: expected a JSON object, got ${Array.isArray(content) ? 'a list' : 'something else'} (example: {"SITE_URL": "https://…"})`,
    ]);
  }
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [name, value === null ? '' : textOf(value)]),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unknownNames(given: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(KNOWN, name))
    .map((name) => {
      if (Object.hasOwn(STACK_SETTINGS, name)) {
        return `${name}: expected nothing, since the stack sets it itself, got a value (example: leave it out)`;
      }
      const meant = nameMeant(name, Object.keys(KNOWN));
      return meant
        ? `${name}: expected a known setting, got none; is ${meant} meant? (example: ${exampleOf(meant)})`
        : `${name}: expected a setting of docs/configuration.md, got no such name (example: SITE_URL)`;
    });
}

function exampleOf(name: string): string {
  return KNOWN[name]?.example ?? '';
}

/** Names that Secrets Manager would refuse, and one name for two secrets. */
function secretNameFaults(values: ValuesOf<typeof SERVICE_SETTINGS>): readonly string[] {
  const ofStores = (values.STORES ?? []).map((store) => ['STORES', store.globusSecret] as const);
  const ofSettings = SECRET_SETTINGS.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const wrong = [...ofStores, ...ofSettings]
    .filter(([, name]) => !SECRET_NAME.test(name))
    .map(
      ([setting]) =>
        `${setting}: expected a secret's name of 1 to 512 letters, digits and /_+=.@-, got something else (example: dataverse-globus/globus-client)`,
    );
  const taken = new Map<string, string>(ofStores.map(([setting, name]) => [name, setting]));
  const shared = ofSettings.flatMap(([setting, name]) => {
    const other = taken.get(name);
    taken.set(name, setting);
    return other
      ? [`${setting}: expected a secret of its own, got that of ${other} (example: ${exampleOf(setting)})`]
      : [];
  });
  return [...wrong, ...shared];
}

function publicValues(given: Readonly<Record<string, string>>, isExample: boolean): readonly string[] {
  return Object.entries(given).flatMap(([name, text]) => {
    if (!Object.hasOwn(KNOWN, name)) return [];
    const local = localValueIn(text);
    const ofExample = isExample ? undefined : exampleValueIn(text);
    const what = local ? 'belongs to the local run' : 'is an example';
    const found = local ?? ofExample;
    return found === undefined
      ? []
      : [
          `${name}: expected a value of your own, got ${quoted(found)}, which ${what} (example: ${exampleOf(name)}, with your own values)`,
        ];
  });
}

function tooLong(environment: Readonly<Record<string, string>>): readonly string[] {
  const bytes = Object.entries(environment).reduce((sum, [name, text]) => sum + Buffer.byteLength(name + text), 0);
  if (bytes <= MOST_ENVIRONMENT_BYTES) return [];
  return [
    `STORES: expected at most ${MOST_ENVIRONMENT_BYTES} bytes for all settings of the functions together, got ${bytes} (example: one name of a secret for all stores)`,
  ];
}
