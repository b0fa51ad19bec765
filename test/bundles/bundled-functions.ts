import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpApi, monitors, steps } from '../../functions/manifest.ts';
import { bundleFunctions } from '../../infra/bundling/bundle-functions.ts';
import { bundleModules } from '../../infra/bundling/bundle-modules.ts';
import { type ObservedCall, runFirstCall } from '../../infra/bundling/run-first-call.ts';
import { functionEnvironment } from '../../infra/local/function-environment.ts';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { loadStackParts, type StackParts } from '../../infra/local/stack-parts.ts';
import type { LogLine } from '../support/stack-control.ts';

/** What a function answered, and what it logged. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by the tests, which know their shape
  readonly result: any;
  readonly log: readonly LogLine[];
}

/** The bundles of all functions, and a local stack for them to work on, whose own functions leave its workflows and schedules alone. */
export interface BundledFunctions {
  readonly stack: LocalStack;
  /** Functions that have been called so far. */
  readonly called: ReadonlySet<string>;
  /**
   * Calls a function as Lambda does at a cold start: its bundle, in a fresh Node process without flags, with the environment of a deployed
   * function and none of ours, outside the project.
   * @param settings - which differ from the stack's
   * @throws Error when the handler throws, or when anything but the log was written
   */
  call(functionName: string, event: unknown, settings?: Readonly<Record<string, string>>): Promise<Answer>;
  remove(): Promise<void>;
}

/** Bundles all functions into a temporary folder, and starts a stack. */
export async function bundledFunctions(): Promise<BundledFunctions> {
  const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  const bundles = new Map((await bundleFunctions(folder)).map((bundle) => [bundle.functionName, bundle.file]));
  const caller = (await bundleModules(folder, new Map([['caller', 'infra/bundling/first-call.ts']]))).get('caller');
  const stateDirectory = await mkdtemp(join(tmpdir(), 'stack-'));
  const anyPorts = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0' };
  const settings = parseLocalSettings({ ...anyPorts, STATE_DIR: stateDirectory });
  const stack = await startLocalStack(settings, { parts: await partsThatWait() });
  const { LOG_FILE: _standardOutputInstead, ...environment } = functionEnvironment(settings, stateDirectory, {
    ...stack,
    siteUrl: stack.apiUrl,
  });
  const called = new Set<string>();
  return {
    stack,
    called,
    async call(functionName, event, differing = {}) {
      called.add(functionName);
      const observed = await runFirstCall({
        caller: caller?.file ?? '',
        bundle: bundles.get(functionName) ?? '',
        event,
        context: {
          functionName,
          awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
          remainingMilliseconds: 1000 * timeoutSecondsOf(functionName),
        },
        environment: { ...environment, ...differing },
      });
      return answerIn(functionName, observed);
    },
    async remove() {
      await stack.close();
      for (const each of [folder, stateDirectory]) await rm(each, { recursive: true, force: true });
    },
  };
}

/** The parts of a stack whose workflow waits for ever in its first state, and whose monitors do nothing. */
async function partsThatWait(): Promise<StackParts> {
  const parts = await loadStackParts();
  return {
    ...parts,
    workflowDefinition: async () => ({
      QueryLanguage: 'JSONata',
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 86_400, Next: 'Done' }, Done: { Type: 'Succeed' } },
    }),
    loadHandler: async (entry) =>
      monitors.some(({ functionName }) => functionName === entry.functionName) ? () => null : parts.loadHandler(entry),
  };
}

function answerIn(functionName: string, observed: ObservedCall): Answer {
  const { stdout, stderr } = observed;
  if ('error' in observed) throw new Error(`${functionName} threw ${observed.error.stack}\n${stdout}${stderr}`);
  if (stderr !== '') throw new Error(`${functionName} wrote to standard error: ${stderr}`);
  const log = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => logLineIn(functionName, line));
  return { result: observed.result, log };
}

function logLineIn(functionName: string, line: string): LogLine {
  const told = `${functionName} wrote what is no line of its log: ${line}`;
  if (!line.startsWith('{"time":')) throw new Error(told);
  return JSON.parse(line) as LogLine;
}

function timeoutSecondsOf(functionName: string): number {
  const all = [...httpApi.routes, httpApi.notFound, ...steps, ...monitors];
  return all.find((each) => each.functionName === functionName)?.timeoutSeconds ?? 0;
}
