import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tables } from '../../functions/manifest.ts';
import { bundleModules } from './bundle-modules.ts';
import type { CallContext } from './first-call.ts';
import { type ObservedCall, runFirstCall } from './run-first-call.ts';

/**
 * How long a function takes from its import until its own work would begin, measured inside a fresh process by its first call: the bundle
 * is read and run, the settings are parsed, the application is made, the event is parsed. The function's time is over from the start, so
 * that the ports refuse the first thing it asks of the outside (`use-cases/mortal-ports.ts`), and no network is in the figure. What the
 * work itself loads later is not in it either.
 */
export interface LoadTime {
  readonly medianMilliseconds: number;
  readonly fastestMilliseconds: number;
  readonly runs: number;
}

/** A bundle's load time beside that of the empty handler, from the same minutes. */
export interface ComparedLoadTime extends LoadTime {
  /** Median over the median of the empty handler. */
  readonly ratio: number;
}

/** A handler with nothing in it but a DynamoDB client, bundled in the same way but without stand-ins: what one pays who does nothing about it. */
export const EMPTY = 'empty';

/**
 * Measures one bundle, or the empty handler.
 * @param runs - fresh processes; one more goes before them, so that the file is in the system's cache
 * @throws Error when the call ended in another way than it should
 */
export async function measureLoad(bundle: string | typeof EMPTY, runs: number): Promise<LoadTime> {
  const times = await measureInTurn([bundle], runs);
  return loadTimeOf(times.get(bundle) ?? []);
}

/**
 * Measures bundles against the empty handler, all in turn and round by round, so that whatever slows the machine slows all of them.
 * @param runs - as for `measureLoad`, of each
 * @returns the empty handler's time, and the bundles' by file
 */
export async function compareLoads(
  bundles: readonly string[],
  runs: number,
): Promise<{ readonly empty: LoadTime; readonly bundles: ReadonlyMap<string, ComparedLoadTime> }> {
  const times = await measureInTurn([EMPTY, ...bundles], runs);
  const empty = loadTimeOf(times.get(EMPTY) ?? []);
  const compared = bundles.map((bundle): [string, ComparedLoadTime] => {
    const own = loadTimeOf(times.get(bundle) ?? []);
    return [bundle, { ...own, ratio: own.medianMilliseconds / empty.medianMilliseconds }];
  });
  return { empty, bundles: new Map(compared) };
}

async function measureInTurn(subjects: readonly string[], runs: number): Promise<ReadonlyMap<string, number[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  try {
    const tools = await bundleModules(
      folder,
      new Map([
        [EMPTY, 'infra/bundling/empty-handler.ts'],
        ['caller', 'infra/bundling/first-call.ts'],
      ]),
    );
    const fileOf = (name: string) => tools.get(name)?.file ?? name;
    const times = new Map(subjects.map((subject): [string, number[]] => [subject, []]));
    for (let round = 0; round <= runs; round++) {
      for (const [subject, measured] of times) {
        const { milliseconds } = await refusedCall(fileOf('caller'), fileOf(subject));
        if (round > 0) measured.push(milliseconds);
      }
    }
    return times;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function refusedCall(caller: string, bundle: string): Promise<ObservedCall> {
  const call = await runFirstCall({ caller, bundle, event: EVENT, context: CONTEXT, environment: ENVIRONMENT });
  const isAsMeant = 'error' in call ? call.error.name === 'UnavailableError' : !isInternalError(call.result);
  if (!isAsMeant) throw new Error(`the first call of ${bundle} failed:\n${JSON.stringify(call, null, 2)}`);
  return call;
}

function isInternalError(result: unknown): boolean {
  return (result as { readonly statusCode?: number } | null | undefined)?.statusCode === 500;
}

function loadTimeOf(milliseconds: readonly number[]): LoadTime {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const medianMilliseconds = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { medianMilliseconds, fastestMilliseconds: sorted[0] ?? 0, runs: sorted.length };
}

/** The function has no time left when it is called. */
const CONTEXT: CallContext = { functionName: 'measured', awsRequestId: 'measured', remainingMilliseconds: 0 };

const PATH = '/api/datasets/29/requestGlobusUploadPaths';

/** What every kind of function can read: an HTTP API's event, and in it the payload of a workflow step. */
const EVENT = {
  version: '2.0',
  routeKey: '$default',
  rawPath: PATH,
  rawQueryString: '',
  headers: { 'x-dataverse-key': '11111111-1111-4111-8111-111111111111' },
  requestContext: { http: { method: 'POST', path: PATH }, requestId: 'measured' },
  pathParameters: { id: '29' },
  isBase64Encoded: false,
  transferId: '29-18bf3af9c78',
  executionNumber: 1,
};

/** Settings of a deployed function, none of which is used. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'measured',
  AWS_SECRET_ACCESS_KEY: 'measured',
  ACCESS_RULES_TABLE: tables.accessRules.tableName,
  TRANSFERS_TABLE: tables.transfers.tableName,
  DOWNLOADS_TABLE: tables.downloads.tableName,
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-2:123456789012:stateMachine:transfer',
  DATAVERSE_URL: 'https://dataverse.example.edu',
  SITE_URL: 'https://dataverse.example.edu',
  STORES: JSON.stringify([
    {
      storeId: 'globusm',
      collectionId: 'd8c42580-6528-4605-9ad8-116a61982644',
      basePath: '/hdc1',
      globusSecret: 'globus-client',
    },
  ]),
  DATAVERSE_SUPERUSER_SECRET: 'dataverse-superuser',
  URL_SIGNING_SECRET: 'url-signing',
};
