import type { LogLine } from './log-follower.ts';
import { LOCAL_SETTINGS, PRODUCT_SETTINGS } from './settings.ts';
import { FIXTURE_WORLD } from './simulators/dataverse/fixture.ts';
import { fixtureWorld, RESEARCHER_ID } from './simulators/globus/fixture.ts';
import type { LocalStack } from './stack.ts';

/** What `npm start -- --help` prints. */
export function helpText(): string {
  const rows = LOCAL_SETTINGS.map((rule) => [rule.name, rule.byDefault || '-', rule.meaning]);
  return [
    'Runs the whole product on this machine: API, workflow engine, DynamoDB, Globus simulator, Dataverse stand-in.',
    '',
    'usage: npm start',
    '',
    'Settings are environment variables:',
    ...columns([['name', 'default', 'meaning'], ...rows]),
    '',
    `Handed to the functions as they are: ${PRODUCT_SETTINGS.join(', ')}.`,
    '',
    'Exit codes: 0 stopped by SIGINT or SIGTERM; 1 could not start or broke down; 2 wrong usage.',
  ].join('\n');
}

/** What is shown once the stack is ready: addresses, the fixture's public values, and commands to paste. */
export function startText(stack: LocalStack, readySeconds: number): string {
  const secretNote = 'Keys and secrets below are public samples of the local run.';
  return [
    '',
    'Addresses',
    ...columns([
      ['API and site', stack.apiUrl],
      ['Globus simulator', `${stack.globusUrl}  (/v2/…, /v0.10/…, /_control)`],
      ['Dataverse stand-in', `${stack.dataverseUrl}  (behind the site; /_control)`],
      ['DynamoDB', stack.dynamoDbUrl],
      ['Step Functions', stack.workflowUrl],
    ]),
    '',
    secretNote,
    '',
    'People in Dataverse (API token)',
    ...columns(FIXTURE_WORLD.users.map((user) => [user.name, user.apiToken ?? '-', user.superuser ? 'superuser' : ''])),
    '',
    'Globus identities (client id, secret)',
    ...columns(
      fixtureWorld.identities.flatMap((identity) =>
        identity.clientSecret ? [[identity.name, identity.id, identity.clientSecret]] : [],
      ),
    ),
    '',
    'Collections',
    ...columns(fixtureWorld.collections.map((collection) => [collection.id, collection.displayName])),
    '',
    'Datasets',
    ...columns(
      FIXTURE_WORLD.datasets.map((dataset) => [
        String(dataset.id),
        `${dataset.protocol}:${dataset.authority}/${dataset.identifier}`,
        `store ${dataset.storeId}`,
        dataset.versions.at(-1)?.state === 'RELEASED' ? 'published' : 'draft',
      ]),
    ),
    '',
    `State lives in ${stack.stateDirectory} and survives a restart; the log is log.jsonl there.`,
    '',
    'Try, in another terminal:',
    ...exampleCommands(stack).map((command) => `  ${command}`),
    '',
    `ready in ${readySeconds.toFixed(1)} s`,
    '',
  ].join('\n');
}

/** Three commands that work when pasted: ask for upload parameters, ask for paths, see the access rule that made. */
export function exampleCommands(stack: Pick<LocalStack, 'apiUrl' | 'globusUrl'>): string[] {
  const curator = FIXTURE_WORLD.users.find((user) => user.name === 'curator');
  const dataset = FIXTURE_WORLD.datasets[0];
  const persistentId = `${dataset?.protocol}:${dataset?.authority}/${dataset?.identifier}`;
  const key = `-H 'X-Dataverse-key: ${curator?.apiToken}'`;
  const address = (name: string) =>
    `'${stack.apiUrl}/api/v1/datasets/:persistentId/${name}?persistentId=${persistentId}'`;
  const order = JSON.stringify({ principal: RESEARCHER_ID, numberOfFiles: 2 });
  return [
    `curl -s ${key} ${address('globusUploadParameters')}`,
    `curl -s ${key} -H 'Content-Type: application/json' -d '${order}' ${address('requestGlobusUploadPaths')}`,
    `curl -s ${stack.globusUrl}/_control/state`,
  ];
}

/** Shown already when they happen, or each followed by a change of state that says more. */
const NOT_SHOWN = new Set(['request-answered', 'function-failed', 'stack-started', 'step']);

/**
 * A short line for people from a line of the log: what happens to transfers, and every warning and error.
 * @returns undefined for what they need not see
 */
export function screenLine(line: LogLine): string | undefined {
  const { event, level, transferId } = line;
  if (typeof event !== 'string' || NOT_SHOWN.has(event)) return undefined;
  const isTrouble = level === 'warn' || level === 'error';
  if (!isTrouble && typeof transferId !== 'string') return undefined;
  if (event === 'transfer-state') return stateLine(line);
  const facts = Object.entries(line).flatMap(([name, value]) => {
    const isShown = !['time', 'level', 'event', 'transferId', 'requestId'].includes(name);
    return isShown && value !== null && value !== undefined ? [`${name} ${shorten(value)}`] : [];
  });
  const subject = typeof transferId === 'string' ? `transfer ${transferId}: ` : '';
  return `${isTrouble ? `${level}: ` : ''}${subject}${event}${facts.length > 0 ? `  (${facts.join(', ')})` : ''}`;
}

function stateLine({ transferId, from, to, by, why }: LogLine): string {
  const reasons = [by, why].flatMap((reason) => (reason ? [shorten(reason)] : []));
  return `transfer ${transferId}: ${from} → ${to}${reasons.length > 0 ? `  (${reasons.join(', ')})` : ''}`;
}

const LONGEST_FACT_CHARACTERS = 160;

function shorten(value: unknown): string {
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  const text = typeof value === 'string' ? value : String(message ?? JSON.stringify(value));
  return text.length > LONGEST_FACT_CHARACTERS ? `${text.slice(0, LONGEST_FACT_CHARACTERS)}…` : text;
}

/** Lines of a table, indented by two, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) => `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd());
}
