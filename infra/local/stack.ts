import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { httpApi, monitors, steps, tables, transferWorkflow } from '../../functions/manifest.ts';
import { type ActivityLog, describeError, openActivityLog } from './activity-log.ts';
import { createLocalClock, type LocalClock } from './clock.ts';
import { type Closing, closeInTurn } from './closing.ts';
import { startDynamoDb } from './dynamodb.ts';
import {
  applyEnvironment,
  functionEnvironment,
  logFileIn,
  removeForeignAwsVariables,
  writeSecretsFile,
} from './function-environment.ts';
import { type GatewayBackends, openGateway } from './gateway/start.ts';
import { createLambdaRunner, type LambdaRunner, TimeLimitPassedError } from './lambda-runner.ts';
import { waitForFreePorts } from './ports.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';
import type { LocalSettings } from './settings.ts';
import { loadStackParts, type StackParts } from './stack-parts.ts';
import { openStateFolder } from './state-folder.ts';

/** The whole product on this machine, running in this process. */
export interface LocalStack {
  /** Address of the API and of the site around it. */
  readonly apiUrl: string;
  readonly globusUrl: string;
  readonly dataverseUrl: string;
  readonly dynamoDbUrl: string;
  readonly workflowUrl: string;
  readonly stateMachineArn: string;
  /** Absolute. */
  readonly stateDirectory: string;
  readonly logFile: string;
  /** Shifting it moves every part and the functions. */
  readonly clock: LocalClock;
  readonly scheduler: Scheduler;
  /** Stops everything within 5 s, in reverse order of the start. */
  close(): Promise<void>;
}

export interface StackOptions {
  readonly clock?: LocalClock;
  /** Told in short lines for people what is going on. */
  readonly log?: (line: string) => void;
  readonly parts?: StackParts;
  /** How long to wait for the lock and for ports, in milliseconds (10 s unless told). */
  readonly waitMilliseconds?: number;
}

/**
 * Starts state folder, DynamoDB, simulators, workflow engine, gateway and scheduler in one process.
 * The functions read this process's environment and keep what they made of it, so a process runs one stack in its life.
 * @throws StateFolderBusyError, PortTakenError, or what a part threw; whatever had started is closed again
 */
export async function startLocalStack(settings: LocalSettings, options: StackOptions = {}): Promise<LocalStack> {
  const started: Closing[] = [];
  try {
    return await startParts(settings, options, started);
  } catch (error) {
    await closeInTurn(started);
    throw error;
  }
}

async function startParts(settings: LocalSettings, options: StackOptions, started: Closing[]): Promise<LocalStack> {
  const say = options.log ?? (() => undefined);
  const waitMilliseconds = options.waitMilliseconds ?? 10_000;
  const onWait = (message: string) => say(`waiting: ${message}`);

  const folder = await openStateFolder(settings.stateDirectory, { waitMilliseconds, onWait });
  started.push({ name: 'state folder', close: async () => folder.close() });
  await waitForFreePorts(
    [
      { port: settings.apiPort, setting: 'PORT' },
      { port: settings.globusPort, setting: 'GLOBUS_PORT' },
      { port: settings.dataversePort, setting: 'DATAVERSE_PORT' },
    ],
    waitMilliseconds,
    onWait,
  );

  const parts = options.parts ?? (await loadStackParts());
  let scheduler: Scheduler | undefined;
  const clock = linkClocks(options.clock ?? createLocalClock(), parts, () => scheduler?.recompute());
  const logFile = logFileIn(folder.path);
  const log = openActivityLog(logFile, clock.nowMilliseconds);
  started.push({ name: 'log', close: async () => log.close() });
  writeSecretsFile(folder.path);
  removeForeignAwsVariables();

  const dynamoDb = await startDynamoDb(inFolder(folder.path, 'dynamodb'), Object.values(tables));
  started.push({ name: 'DynamoDB', close: dynamoDb.close });

  // The stand-in signs URLs of the site, so the API port is bound first; its requests wait for `serve`.
  const gateway = await openGateway(settings.apiPort);
  started.push({ name: 'gateway', close: gateway.close });

  const globus = await parts.startGlobus({
    port: settings.globusPort,
    stateDirectory: inFolder(folder.path, 'globus'),
    clock,
    ...(settings.globusBytesPerSecond === undefined ? {} : { bytesPerSecond: settings.globusBytesPerSecond }),
  });
  started.push({ name: 'Globus simulator', close: globus.close });
  const dataverse = await parts.startDataverse({
    port: settings.dataversePort,
    stateDirectory: inFolder(folder.path, 'dataverse'),
    clock,
    siteUrl: gateway.url,
    globus: { url: globus.url },
  });
  started.push({ name: 'Dataverse stand-in', close: dataverse.close });

  const functions = createLambdaRunner([...httpApi.routes, httpApi.notFound, ...steps, ...monitors], parts.loadHandler);
  // The engine takes up open executions at once, but no function may be loaded before its environment stands.
  const environmentStands = Promise.withResolvers<void>();
  environmentStands.promise.catch(() => undefined);
  const engine = await parts.startEngine({
    port: 0,
    databaseFile: join(folder.path, 'workflow.sqlite'),
    clock,
    invoke: async (functionName, payload, signal) => {
      await environmentStands.promise;
      return runStep(functions, functionName, payload, signal, parts, log);
    },
    stateMachines: [{ name: transferWorkflow.stateMachineName, definition: await parts.workflowDefinition() }],
  });
  started.push({ name: 'workflow engine', close: engine.close });

  const stateMachineArn = engine.stateMachineArn(transferWorkflow.stateMachineName);
  applyEnvironment(
    functionEnvironment(settings, folder.path, {
      dynamoDbUrl: dynamoDb.url,
      workflowUrl: engine.url,
      stateMachineArn,
      siteUrl: gateway.url,
      dataverseUrl: dataverse.url,
      globusUrl: globus.url,
    }),
  );
  // At the start rather than at the first request, where nobody would look for a misspelt setting.
  try {
    parts.checkFunctionSettings(process.env);
    environmentStands.resolve();
  } catch (error) {
    environmentStands.reject(error);
    throw error;
  }

  gateway.serve(gatewayBackends(functions, dataverse.url, clock, log, say));
  // Once more, so that a stop takes no more requests before it closes what they need; closing twice does no harm.
  started.push({ name: 'gateway', close: gateway.close });
  scheduler = startScheduler({
    monitors: monitors.map((monitor) => ({
      functionName: monitor.functionName,
      everySeconds: monitor.everySecondsSetting ? settings.sweepSeconds : monitor.everySeconds,
    })),
    clock,
    run: (functionName, event, signal) => functions.run(functionName, event, { signal }),
    onFailed: (functionName, error) =>
      log.write('error', 'monitor-failed', { functionName, error: describeError(error) }),
    onOverlap: (functionName, running) => log.write('warn', 'monitor-overlaps', { functionName, running }),
  });
  started.push({ name: 'scheduler', close: () => scheduler?.close() ?? Promise.resolve() });
  log.write('info', 'stack-started', { apiUrl: gateway.url, globusUrl: globus.url, dataverseUrl: dataverse.url });

  return {
    apiUrl: gateway.url,
    globusUrl: globus.url,
    dataverseUrl: dataverse.url,
    dynamoDbUrl: dynamoDb.url,
    workflowUrl: engine.url,
    stateMachineArn,
    stateDirectory: folder.path,
    logFile,
    clock,
    scheduler,
    close: async () => void (await closeInTurn(started)),
  };
}

/** The stack's clock: every shift of it reaches the functions first, and then wakes whoever waits. */
function linkClocks(clock: LocalClock, parts: StackParts, onShiftBack: () => void): LocalClock {
  parts.shiftFunctionsClock(clock.offsetMilliseconds());
  return {
    ...clock,
    shift(milliseconds) {
      parts.shiftFunctionsClock(milliseconds);
      clock.shift(milliseconds);
      if (milliseconds < 0) onShiftBack();
    },
  };
}

async function runStep(
  functions: LambdaRunner,
  functionName: string,
  payload: unknown,
  signal: AbortSignal,
  parts: StackParts,
  log: ActivityLog,
): Promise<unknown> {
  try {
    return await functions.run(functionName, payload, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    // What the handler throws it has logged itself, with the transfer's id.
    if (error instanceof TimeLimitPassedError) log.write('warn', 'step-timed-out', { functionName });
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // The name Step Functions sees when Lambda itself ends a function at its time limit.
    throw parts.functionError(error instanceof TimeLimitPassedError ? 'Sandbox.Timedout' : name, message);
  }
}

function gatewayBackends(
  functions: LambdaRunner,
  dataverseUrl: string,
  clock: LocalClock,
  log: ActivityLog,
  say: (line: string) => void,
): GatewayBackends {
  return {
    api: httpApi,
    functions,
    allowedOrigins: '*',
    dataverseUrl,
    clock,
    onAnswered(request) {
      const { requestId, method, path, status, milliseconds, servedBy } = request;
      log.write('info', 'request-answered', { requestId, method, path, status, milliseconds, servedBy });
      const where = servedBy === 'dataverse' ? ' (Dataverse)' : '';
      say(`${method} ${path} ${status || 'cut'} ${milliseconds} ms${where}`);
    },
    onFailed(functionName, requestId, error) {
      log.write('error', 'function-failed', { functionName, requestId, error: describeError(error) });
      say(`${functionName} failed: ${error instanceof Error ? error.message : String(error)}`);
    },
  };
}

function inFolder(stateDirectory: string, name: string): string {
  const folder = join(stateDirectory, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
