import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployedFunctions } from '../../infra/bundling/bundle-functions.ts';
import { COLLECTION, PATH, PRINCIPAL, SECOND_PRINCIPAL, SOURCE_COLLECTION, TASK } from '../support/builders.ts';
import { globusControl, readTask, transferOf } from '../support/stack-control.ts';
import {
  eventually,
  grantOne,
  listFiles,
  listLocks,
  listRules,
  putSourceFile,
  reportFiles,
  submitTransfer,
} from '../support/upload-client.ts';
import { resume, submitPaused } from '../support/uploads.ts';
import { type Answer, type BundledFunctions, bundledFunctions } from './bundled-functions.ts';
import { gatewayEvent, withBodyTexts, withTransfer } from './gateway-events.ts';

/** The identifier and the task that the event of a report was written with. */
const WRITTEN_IDENTIFIER = 'globusm://18b49d3688c-0123456789ab';
const PUBLISHED_PATH = '/hdc1/10.5072/FK2/7U7YBV/';
const NEVER_CALLED_BACK = 'AQCEAAAAKgAAAAMAAAAAAAAAAQ';

let functions: BundledFunctions;

beforeAll(async () => {
  functions = await bundledFunctions();
}, 120_000);
afterAll(() => functions?.remove());

/** What a schedule of EventBridge Scheduler hands to a function, unless it is told something else. */
const SCHEDULED_EVENT = {
  version: '0',
  id: '6f2c5f0e-6c0b-4f0e-9e0b-0d6b6c6f7a10',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: '123456789012',
  time: '2026-03-01T00:00:00Z',
  region: 'eu-west-2',
  resources: ['arn:aws:scheduler:eu-west-2:123456789012:schedule/default/sweep'],
  detail: '{}',
};

/** Calls a step of a transfer's first execution as the workflow does. */
const step = (functionName: string, transferId: string, more: object = {}) =>
  functions.call(functionName, { transferId, executionNumber: 1, ...more });

const waiting = (waitSeconds: number) => ({
  taskToken: NEVER_CALLED_BACK,
  executionStartedAt: new Date().toISOString(),
  waitSeconds,
});

const bodyOf = ({ result }: Answer) => JSON.parse(result.body);

const statesIn = ({ log }: Answer) => log.filter(({ event }) => event === 'transfer-state').map((line) => line['to']);

const linesOf = ({ log }: Answer, event: string) => log.filter((line) => line.event === event);

const lockTypes = async () => (await listLocks(functions.stack)).map((lock) => lock.lockType);

const rulesAt = async (path: string) => (await listRules(functions.stack)).filter((rule) => rule.path === path);

async function executionStatus(name: string): Promise<string | undefined> {
  const client = new SFNClient({
    endpoint: functions.stack.workflowUrl,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const executionArn = `${functions.stack.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
  client.destroy();
  return status;
}

describe('the bundled functions, each in a fresh process', { timeout: 120_000 }, () => {
  it('hand out Dataverse’s parameters with our URLs in them', async () => {
    const answer = await functions.call('globus-upload-parameters', gatewayEvent('globus-upload-parameters'));
    expect(answer.result.statusCode).toBe(200);
    const { queryParameters, signedUrls } = bodyOf(answer).data;
    expect(queryParameters).toMatchObject({ datasetId: 29, endpoint: COLLECTION, siteUrl: functions.stack.apiUrl });
    const ours = signedUrls.find((each: { name: string }) => each.name === 'addGlobusFiles').signedUrl;
    expect(ours).toContain(`${functions.stack.apiUrl}/api/v1/datasets/29/addGlobusFiles?`);
    expect(ours).toContain('kid=');
  });

  it('say what no route serves', async () => {
    const answer = await functions.call('not-found', gatewayEvent('not-found'));
    expect(answer.result.statusCode).toBe(405);
    expect(bodyOf(answer)).toMatchObject({ requestUrl: '/api/datasets/29/addGlobusFiles', requestMethod: 'DELETE' });
    expect(linesOf(answer, 'request')).toMatchObject([{ requestId: 'ZqQ5whGTLPEEPyg=', status: 405 }]);
  });

  it('make a grant and its access rule, start its workflow, and take the rule back when the lease is over', async () => {
    const event = gatewayEvent('request-globus-upload-paths');
    const answer = await functions.call('request-globus-upload-paths', event, { LEASE_SECONDS: '2' });
    expect(answer.result.statusCode).toBe(200);
    const [[identifier = '', path = ''] = [], ...others] = Object.entries<string>(bodyOf(answer).data);
    expect(others).toHaveLength(1);
    expect(path).toBe(`${PUBLISHED_PATH}${identifier.replace('globusm://', '')}`);
    expect(statesIn(answer)).toEqual(['GRANTED']);
    expect(await rulesAt(PUBLISHED_PATH)).toMatchObject([{ principal: PRINCIPAL, permissions: 'rw' }]);
    const transferId = transferOf(identifier, '30');
    expect(await executionStatus(`${transferId}-1`)).toBe('RUNNING');

    await eventually('the lease is over', async () => {
      const { result } = await step('end-lease', transferId);
      return result.next === 'LEASE';
    });
    expect(await rulesAt(PUBLISHED_PATH)).toEqual([]);
  });

  it('take an upload from its report to registered files', async () => {
    const { stack } = functions;
    await putSourceFile(stack, '/bundles/a.txt', 'moved by a task');
    const granted = await grantOne(stack);
    const transferId = transferOf(granted.identifier);
    expect((await step('await-report', transferId, waiting(300))).result).toBeNull();

    const taskId = await submitPaused(stack, [['/bundles/a.txt', granted.path]]);
    const report = withBodyTexts(gatewayEvent('add-globus-files'), {
      [TASK]: taskId,
      [WRITTEN_IDENTIFIER]: granted.identifier,
    });
    const reported = await functions.call('add-globus-files', report);
    expect(bodyOf(reported)).toEqual({ status: 'OK', data: { message: 'Async call to Globus Upload started ' } });
    expect(statesIn(reported)).toEqual(['BOUND']);
    expect(await lockTypes()).toEqual(['GlobusUpload']);

    expect((await step('look-at-task', transferId)).result).toEqual({ next: 'FOLLOW', waitSeconds: 3 });
    const attention = await step('raise-attention', transferId, { reason: 'a step keeps failing' });
    expect(attention.result).toEqual({ next: 'FOLLOW', waitSeconds: 600 });
    expect(linesOf(attention, 'transfer-needs-attention')).toMatchObject([{ reason: 'a step keeps failing' }]);
    expect((await step('await-completion', transferId, waiting(3_600))).result).toBeNull();

    await resume(stack, taskId);
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    // The monitor finds the token that was saved, which no execution waits with.
    const monitored = await functions.call('task-monitor', SCHEDULED_EVENT);
    expect(linesOf(monitored, 'task-monitor')).toMatchObject([{ collectionId: COLLECTION, called: 0, gone: 1 }]);

    const ended = await step('look-at-task', transferId);
    expect(ended.result).toEqual({ next: 'RELEASE', waitSeconds: 0 });
    expect(statesIn(ended)).toEqual(['SETTLING']);
    expect(await rulesAt(PATH)).toHaveLength(1);
    expect((await step('release-access-rule', transferId)).result).toEqual({ next: 'REGISTER', waitSeconds: 0 });
    expect(await rulesAt(PATH)).toEqual([]);
    // Each round adds a batch; the last one finds that nothing is left to add.
    await eventually('nothing is left to register', async () => {
      const { result } = await step('register-files', transferId);
      return result.next === 'CLOSE';
    });
    expect(await listFiles(stack)).toMatchObject([
      { label: 'größe.txt', directoryLabel: 'data/Messungen', dataFile: { storageIdentifier: granted.identifier } },
    ]);
    // It unlocks at once, and closes after its second look: how soon that is due by now, the machine's speed decides.
    let closing = await step('close-transfer', transferId);
    expect(await lockTypes()).toEqual([]);
    await eventually('the transfer is closed', async () => {
      if (closing.result.next !== 'DONE') closing = await step('close-transfer', transferId);
      return closing.result.next === 'DONE';
    });
    expect(statesIn(closing)).toEqual(['CLOSED']);
  });

  it('take a download from its request to its report', async () => {
    const { stack } = functions;
    const parameters = await functions.call('globus-download-parameters', gatewayEvent('globus-download-parameters'));
    const { files } = bodyOf(parameters).data.queryParameters;
    expect(Object.keys(files)).toEqual(['60', '61']);
    const granted = await functions.call('request-globus-download', gatewayEvent('request-globus-download'));
    expect(bodyOf(granted)).toEqual({ status: 'OK', data: files });
    expect(await rulesAt(PUBLISHED_PATH)).toMatchObject([{ principal: PRINCIPAL, permissions: 'r' }]);

    const pairs = Object.entries<string>(files).map(
      ([id, location]) => [location.slice(COLLECTION.length), `/bundles/${id}`] as const,
    );
    const outwards = { source_endpoint: COLLECTION, destination_endpoint: SOURCE_COLLECTION };
    const taskId = await submitTransfer(stack, pairs, outwards);
    const report = withBodyTexts(gatewayEvent('monitor-globus-download'), { [TASK]: taskId });
    const reported = await functions.call('monitor-globus-download', report);
    expect(bodyOf(reported)).toEqual({ status: 'OK', data: { message: 'Async call to Globus Download started' } });
    expect(statesIn(reported)).toEqual(['BOUND']);
    const transferId = String(linesOf(reported, 'transfer-state')[0]?.['transferId']);
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'SUCCEEDED');
    expect((await step('look-at-task', transferId)).result).toEqual({ next: 'RELEASE', waitSeconds: 0 });
    expect((await step('release-access-rule', transferId)).result).toEqual({ next: 'CLOSE', waitSeconds: 0 });
    expect(await rulesAt(PUBLISHED_PATH)).toEqual([]);
  });

  it('list what lies on the collection and belongs to no file, and have it deleted', async () => {
    const name = '18b49d3688c-0123456789ab';
    const directory = join(functions.stack.stateDirectory, 'globus', 'collections', COLLECTION, PATH);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, name), 'left');
    const listed = await functions.call('list-leftovers', gatewayEvent('list-leftovers'));
    const storageIdentifier = `globusm://${name}`;
    expect(bodyOf(listed)).toMatchObject({
      status: 'OK',
      data: [{ storageIdentifier, sizeBytes: 4, transferId: null }],
    });

    const members = `"dryRun": false`;
    const order = withBodyTexts(gatewayEvent('delete-leftovers'), {
      [members]: `${members}, "storageIdentifiers": ["${storageIdentifier}"]`,
    });
    const deleted = await functions.call('delete-leftovers', order);
    expect(bodyOf(deleted).data).toMatchObject({ dryRun: false, storageIdentifiers: [storageIdentifier], refused: [] });
    expect(linesOf(deleted, 'leftovers-deleted')).toMatchObject([{ files: 1, datasetId: '29' }]);
    await eventually('the file is gone', async () => !existsSync(join(directory, name)));
  });

  it('sweep away an access rule that no record explains, and take stock', async () => {
    const path = '/hdc1/10.5072/FK2/ORPHAN/';
    const rule = { collectionId: COLLECTION, principal: SECOND_PRINCIPAL, path, permissions: 'rw' };
    await globusControl(functions.stack, '/rules', rule);
    let swept: Answer | undefined;
    await eventually('the rule is old enough to be swept away', async () => {
      swept = await functions.call('sweep', SCHEDULED_EVENT, { LEASE_SECONDS: '1' });
      return (await rulesAt(path)).length === 0;
    });
    expect(swept?.result).toBeNull();
    expect(swept && linesOf(swept, 'access-rule-orphan-revoked')).toMatchObject([{ path }]);
    expect(swept && linesOf(swept, 'stock')).toMatchObject([{ collectionId: COLLECTION }]);
  });

  it('show transfers, and do with them what their owner asks for', async () => {
    const { stack } = functions;
    const on = (functionName: string, transferId: string) =>
      functions.call(functionName, withTransfer(gatewayEvent(functionName), transferId));
    const unreported = transferOf((await grantOne(stack)).identifier);
    const listed = await functions.call('list-transfers', gatewayEvent('list-transfers'));
    expect(bodyOf(listed).data[0]).toMatchObject({ transferId: unreported, state: 'GRANTED' });
    const released = await on('release-transfer', unreported);
    expect(bodyOf(released)).toMatchObject({ status: 'OK', data: { transferId: unreported } });
    expect((await step('end-lease', unreported)).result.next).toBe('LEASE');

    await putSourceFile(stack, '/bundles/steered.txt', 'held by a pause');
    const granted = await grantOne(stack);
    const transferId = transferOf(granted.identifier);
    const taskId = await submitPaused(stack, [['/bundles/steered.txt', granted.path]]);
    expect((await reportFiles(stack, taskId, [[granted, 'steered.txt']])).status).toBe(200);
    expect(bodyOf(await on('show-transfer', transferId)).data).toMatchObject({
      taskIdentifier: taskId,
      globus: 'answered',
      task: { status: 'ACTIVE', isPaused: true },
      reasons: [{ code: 'PAUSED' }],
    });
    await step('raise-attention', transferId, { reason: 'a step keeps failing' });
    expect(statesIn(await on('retry-transfer', transferId))).toEqual(['BOUND']);
    expect(await executionStatus(`${transferId}-2`)).toBe('RUNNING');
    expect(bodyOf(await on('cancel-transfer', transferId)).data).toMatchObject({ transferId, state: 'BOUND' });
    await eventually('the task has ended', async () => (await readTask(stack, taskId)).status === 'FAILED');
  });

  it('are all the functions of the manifest', () => {
    expect([...functions.called].sort()).toEqual(deployedFunctions.map((each) => each.functionName).sort());
  });
});
