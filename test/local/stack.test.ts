import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LambdaHandler } from '../../infra/local/lambda-runner.ts';
import { parseLocalSettings } from '../../infra/local/settings.ts';
import { startDataverseSimulator } from '../../infra/local/simulators/dataverse/start.ts';
import { startGlobusSimulator } from '../../infra/local/simulators/globus/start.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import type { StackParts } from '../../infra/local/stack-parts.ts';
import type { StateMachineDefinition } from '../../infra/local/workflow-engine/definition.ts';
import { LambdaFailure } from '../../infra/local/workflow-engine/errors.ts';
import { startWorkflowEngine } from '../../infra/local/workflow-engine/start.ts';

/** One step, whose named error leads to another end than success. */
const DEFINITION: StateMachineDefinition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Look',
  States: {
    Look: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'look-at-task', Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      Catch: [{ ErrorEquals: ['TaskGone'], Output: { caught: '{% $states.errorOutput.Error %}' }, Next: 'Gone' }],
      End: true,
    },
    Gone: { Type: 'Succeed' },
  },
};

const SETTINGS = { PORT: '0', GLOBUS_PORT: '0', DATAVERSE_PORT: '0', LEASE_SECONDS: '7', MAX_FILES_PER_GRANT: '12' };
const handlers = new Map<string, LambdaHandler>();
const loadedWith: Record<string, string | undefined>[] = [];
let folder: string;
let stack: LocalStack | undefined;
let functionsShiftedMilliseconds = 0;

const PARTS: StackParts = {
  startGlobus: startGlobusSimulator,
  startDataverse: startDataverseSimulator,
  startEngine: startWorkflowEngine,
  workflowDefinition: async () => DEFINITION,
  async loadHandler({ functionName }) {
    loadedWith.push({ ...process.env });
    return handlers.get(functionName) ?? (() => ({ statusCode: 404, body: functionName }));
  },
  checkFunctionSettings: () => undefined,
  shiftFunctionsClock: (milliseconds) => {
    functionsShiftedMilliseconds += milliseconds;
  },
  functionError: (errorName, message) => new LambdaFailure(errorName, message),
};

async function start(
  parts: Partial<StackParts> = {},
  settings: Record<string, string> = {},
  waitMilliseconds = 0,
): Promise<LocalStack> {
  stack = await startLocalStack(parseLocalSettings({ ...SETTINGS, STATE_DIR: folder, ...settings }), {
    parts: { ...PARTS, ...parts },
    waitMilliseconds,
  });
  return stack;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stack-'));
  handlers.clear();
  loadedWith.length = 0;
  functionsShiftedMilliseconds = 0;
});
afterEach(async () => {
  await stack?.close();
  stack = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function runWorkflow(running: LocalStack, input: unknown): Promise<unknown> {
  const client = new SFNClient({
    endpoint: running.workflowUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: running.stateMachineArn, input: JSON.stringify(input) }),
  );
  for (;;) {
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return { status, output: output && JSON.parse(output) };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('local stack', () => {
  it('serves Dataverse and our functions on one site', async () => {
    const { apiUrl } = await start();

    const version = await fetch(`${apiUrl}/api/info/version`);
    const unbuilt = await fetch(`${apiUrl}/api/globus/anything`);

    expect(await version.json()).toMatchObject({ status: 'OK' });
    expect([unbuilt.status, await unbuilt.text()]).toEqual([404, 'not-found']);
  });

  it('gives the functions all they read before the first is loaded', async () => {
    const running = await start();

    await fetch(`${running.apiUrl}/api/globus/anything`);

    const [variables] = loadedWith;
    expect(variables).toMatchObject({
      AWS_REGION: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: running.dynamoDbUrl,
      AWS_ENDPOINT_URL_SFN: running.workflowUrl,
      ACCESS_RULES_TABLE: 'access-rules',
      TRANSFERS_TABLE: 'transfers',
      DOWNLOADS_TABLE: 'downloads',
      STATE_MACHINE_ARN: running.stateMachineArn,
      DATAVERSE_URL: running.dataverseUrl,
      SITE_URL: running.apiUrl,
      GLOBUS_TRANSFER_URL: running.globusUrl,
      GLOBUS_AUTH_URL: running.globusUrl,
      LEASE_SECONDS: '7',
      MAX_FILES_PER_GRANT: '12',
      LOG_FILE: join(folder, 'log.jsonl'),
    });
    const collectionId = 'd8c42580-6528-4605-9ad8-116a61982644';
    const managed = { collectionId, globusSecret: 'globus-client', exclusive: true };
    expect(JSON.parse(variables?.['STORES'] ?? '')).toEqual([
      { storeId: 'globusm', basePath: '/hdc1', ...managed },
      { storeId: 's3g', basePath: '/s3', bucket: 'dv-bucket', ...managed },
    ]);
  });

  it("takes a shell's own AWS settings away", async () => {
    process.env['AWS_PROFILE'] = 'work';
    process.env['AWS_USE_FIPS_ENDPOINT'] = 'true';
    const running = await start();

    await fetch(`${running.apiUrl}/api/globus/anything`);

    expect(loadedWith[0]).not.toHaveProperty('AWS_PROFILE');
    expect(loadedWith[0]).not.toHaveProperty('AWS_USE_FIPS_ENDPOINT');
  });

  it('keeps secrets in a file of its owner alone, and the signing key over a restart', async () => {
    const file = join(folder, 'secrets.json');
    const read = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    await start();
    const first = read();
    await stack?.close();

    await start();

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(first['globus-client'] ?? '', 'base64').toString()).toBe(
      'c0ffee00-0000-4000-8000-000000000001:service-secret',
    );
    expect(first['dataverse-superuser']).toBe('99999999-9999-4999-8999-999999999999');
    expect(first['url-signing']).toMatch(/^[0-9a-f]{64}$/);
    expect(read()).toEqual(first);
  });

  it.each([
    ['its result', (event: unknown) => ({ seen: event }), { seen: { a: 1 } }],
    [
      'the name of its error',
      () => {
        throw Object.assign(new Error('no such task'), { name: 'TaskGone' });
      },
      { caught: 'TaskGone' },
    ],
  ])('runs the steps of the workflow and gives it %s', async (_case, handler, output) => {
    handlers.set('look-at-task', handler);
    const running = await start();

    expect(await runWorkflow(running, { a: 1 })).toEqual({ status: 'SUCCEEDED', output });
  });

  it('holds back steps of earlier executions until the environment stands', async () => {
    let outcome: Promise<unknown> | undefined;
    await start({
      startEngine: async (options) => {
        outcome = options.invoke('look-at-task', {}, new AbortController().signal);
        return { url: 'http://127.0.0.1:1', stateMachineArn: () => 'arn:of-the-machine', close: async () => undefined };
      },
    });

    await outcome;

    expect(loadedWith.map((variables) => variables['STATE_MACHINE_ARN'])).toEqual(['arn:of-the-machine']);
  });

  it('shifts all clocks together', async () => {
    const { apiUrl, globusUrl, dataverseUrl, clock } = await start();

    await fetch(`${apiUrl}/_control/clock`, { method: 'POST', body: '{"shiftSeconds": 3600}' });
    await fetch(`${globusUrl}/_control/clock`, { method: 'POST', body: '{"shiftSeconds": 60}' });

    expect(clock.offsetMilliseconds()).toBe(3_660_000);
    expect(functionsShiftedMilliseconds).toBe(3_660_000);
    const reading = await fetch(`${dataverseUrl}/_control/clock`);
    expect(await reading.json()).toMatchObject({ offsetSeconds: 3660 });
  });

  it('logs requests without their query', async () => {
    const { apiUrl, logFile } = await start();

    await fetch(`${apiUrl}/api/globus/anything?token=secret`);
    await stack?.close();

    const log = readFileSync(logFile, 'utf8');
    expect(log).toContain('"path":"/api/globus/anything","status":404');
    expect(log).not.toContain('secret');
  });

  it('gives everything back when it closes', async () => {
    const { apiUrl } = await start();

    await stack?.close();

    await expect(fetch(apiUrl)).rejects.toThrow();
    expect(existsSync(join(folder, 'pid'))).toBe(false);
  });

  it('gives everything back when a part cannot start', async () => {
    let givenPort = 0;
    const broken = start({
      startEngine: async () => {
        throw new Error('the definition is not valid');
      },
      startGlobus: async (options) => {
        const globus = await startGlobusSimulator(options);
        givenPort = Number(new URL(globus.url).port);
        return globus;
      },
    });

    await expect(broken).rejects.toThrow('the definition is not valid');

    // A connection of another test may have been given the number meanwhile; what our own part left open would stay.
    await start({}, { GLOBUS_PORT: String(givenPort) }, 10_000);
  });

  it('does not start with settings that the functions refuse', async () => {
    const seen: unknown[] = [];
    const refused = start({
      checkFunctionSettings: (environment) => {
        seen.push(environment['MAX_FILES_PER_GRANT'], environment['STATE_MACHINE_ARN']);
        throw new Error('MAX_FILES_PER_GRANT: expected a whole number');
      },
    });

    await expect(refused).rejects.toThrow('MAX_FILES_PER_GRANT: expected a whole number');
    expect(seen).toEqual(['12', expect.stringContaining('stateMachine:transfer')]);
  });

  it('names a port that another program holds', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    await expect(start({}, { DATAVERSE_PORT: String(port) })).rejects.toThrow(`port ${port} (DATAVERSE_PORT)`);

    other.close();
  });
});
