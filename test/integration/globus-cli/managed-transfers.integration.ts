import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTION, SOURCE_COLLECTION } from '../../support/builders.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { untilAllAreOver } from '../../support/quiet-time.ts';
import { untilSettled } from '../../support/stack-control.ts';
import {
  CURATOR_KEY,
  call,
  DRAFT_PID,
  datasetUrl,
  eventually,
  listFiles,
  listLocks,
  listRules,
  PUBLISHED_PID,
  postJson,
  postReport,
  putSourceFile,
  READER_KEY,
  RESEARCHER,
  SERVICE_KEY,
} from '../../support/upload-client.ts';
import { tellSkipped } from '../prepared-folder.ts';
import { type GlobusCli, openGlobusCli, prepareGlobusCli } from './globus-cli.ts';

const prepared = await prepareGlobusCli();
if ('whyNot' in prepared) tellSkipped('managed transfers with the Globus CLI', prepared.whyNot);

const CURATOR = { 'X-Dataverse-key': CURATOR_KEY };
const READER = { 'X-Dataverse-key': READER_KEY };
const CONTENT = Buffer.from('day,rainfall_mm\n1,0.0\n2,4.2\n');

/** As docs/deploy.md has it in section 8: the calls of Dataverse by HTTP, those of Globus by its own program. */
describe.skipIf('whyNot' in prepared)('a managed store', { timeout: 120_000 }, () => {
  let stack: StackProcess;
  let cli: GlobusCli;
  let principal: string;

  beforeAll(async () => {
    stack = await startStackProcess();
    cli = await openGlobusCli('folder' in prepared ? prepared.folder : '', stack, RESEARCHER);
    principal = (await cli.output('whoami', '--jmespath', 'sub', '--format', 'unix')).trim();
  });
  afterAll(async () => {
    await cli?.remove();
    await stack?.remove();
  });

  /** Submits a transfer as the documentation shows it. @returns the task id */
  const transfer = async (...args: readonly string[]): Promise<string> =>
    (await cli.output('transfer', ...args, '--jmespath', 'task_id', '--format', 'unix')).trim();

  it('takes an upload: paths, a transfer by the CLI, the report, and the file is listed', async () => {
    await putSourceFile(stack, '/cli/rainfall.csv', CONTENT);
    const paths = await postJson(
      datasetUrl(stack, 'requestGlobusUploadPaths'),
      { principal, numberOfFiles: 1 },
      CURATOR,
    );
    expect(paths.status).toBe(200);
    const [[identifier = '', path = ''] = []] = Object.entries<string>(paths.body.data);

    const taskIdentifier = await transfer(`${SOURCE_COLLECTION}:/cli/rainfall.csv`, `${COLLECTION}:${path}`);
    const files = [{ storageIdentifier: identifier, fileName: 'rainfall.csv', mimeType: 'text/csv' }];
    const report = await postReport(datasetUrl(stack, 'addGlobusFiles'), { taskIdentifier, files }, CURATOR);
    expect(report.status).toBe(200);
    expect((await cli.run('task', 'wait', '--timeout', '60', taskIdentifier)).status).toBe(0);

    await untilSettled(stack);
    expect(await listFiles(stack)).toMatchObject([
      { label: 'rainfall.csv', dataFile: { storageIdentifier: identifier, filesize: CONTENT.length } },
    ]);
    expect((await cli.run('ls', `${COLLECTION}:${path.slice(0, path.lastIndexOf('/') + 1)}`)).status).toBe(1);
  });

  it('gives a download: the files’ places, a transfer by the CLI, the report, and the rule is gone', async () => {
    const address = datasetUrl(stack, 'requestGlobusDownload', PUBLISHED_PID);
    const granted = await postJson(address, { principal, fileIds: [60, 61] }, READER);
    expect(granted.status).toBe(200);
    expect(await listRules(stack)).toMatchObject([{ principal, permissions: 'r' }]);

    const places = Object.entries<string>(granted.body.data).map(([id, place]) => [id, place.slice(COLLECTION.length)]);
    const lines = places.map(([id, path]) => `${path} /cli/fetched/${id}\n`).join('');
    const batch = ['transfer', '--batch', '-', COLLECTION, SOURCE_COLLECTION, '--jmespath', 'task_id', '-F', 'unix'];
    const submitted = await cli.runWith({ input: lines }, ...batch);
    expect(submitted).toMatchObject({ status: 0 });
    const taskIdentifier = submitted.output.trim();
    const monitor = datasetUrl(stack, 'monitorGlobusDownload', PUBLISHED_PID);
    expect((await postJson(monitor, { taskIdentifier }, READER)).status).toBe(200);
    expect((await cli.run('task', 'wait', '--timeout', '60', taskIdentifier)).status).toBe(0);

    await eventually('no access rule is left', async () => (await listRules(stack)).length === 0);
    await untilAllAreOver(stack);
    for (const [id = '', path = ''] of places) {
      const bytes = (collection: string, at: string) =>
        readFile(join(stack.stateDirectory, 'globus', 'collections', collection, at));
      expect((await bytes(SOURCE_COLLECTION, `/cli/fetched/${id}`)).equals(await bytes(COLLECTION, path))).toBe(true);
    }
    expect(await listLocks(stack, 30)).toEqual([]);
    expect((await cli.run('ls', `${COLLECTION}:/hdc1/10.5072/FK2/7U7YBV/`)).status).toBe(1);
  });

  it('shows both with the tasks that the CLI made', async () => {
    const { DATA } = await cli.json('task', 'list');
    const made = DATA.map((task: { task_id: string }) => task.task_id).sort();
    const shown = [DRAFT_PID, PUBLISHED_PID].map(async (persistentId) => {
      const address = `${stack.apiUrl}/api/globus/transfers?persistentId=${persistentId}`;
      const { body } = await call(address, { headers: { 'X-Dataverse-key': SERVICE_KEY } });
      return body.data.map((each: { taskIdentifier: string }) => each.taskIdentifier);
    });
    expect((await Promise.all(shown)).flat().sort()).toEqual(made);
  });
});
