import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  MANAGED_COLLECTION_ID as MANAGED,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { globusControl } from '../../support/stack-control.ts';
import { call, listRules, RESEARCHER } from '../../support/upload-client.ts';
import { tellSkipped } from '../prepared-folder.ts';
import { type GlobusCli, openGlobusCli, prepareGlobusCli } from './globus-cli.ts';

const prepared = await prepareGlobusCli();
if ('whyNot' in prepared) tellSkipped('the commands of the Globus CLI', prepared.whyNot);

const SERVICE = { id: 'c0ffee00-0000-4000-8000-000000000001', secret: 'service-secret' };
/** As climate modellers submit a cycle's output (clients.md 2 and 3). */
const CAREFULLY = ['--sync-level', 'checksum', '--verify-checksum', '--fail-on-quota-errors', '--notify', 'off'];
const NO_TASK = '00000000-0000-0000-0000-000000000000';

describe.skipIf('whyNot' in prepared)('the Globus CLI against the Globus simulator', { timeout: 120_000 }, () => {
  let stack: StackProcess;
  let researcher: GlobusCli;
  let service: GlobusCli;

  beforeAll(async () => {
    stack = await startStackProcess();
    const folder = 'folder' in prepared ? prepared.folder : '';
    researcher = await openGlobusCli(folder, stack, RESEARCHER);
    service = await openGlobusCli(folder, stack, SERVICE);
  });
  afterAll(async () => {
    await researcher?.remove();
    await service?.remove();
    await stack?.remove();
  });
  const fileOf = (collection: string, path: string) =>
    join(stack.stateDirectory, 'globus', 'collections', collection, path);

  it('knows a service account by its client id and secret', async () => {
    expect(await researcher.output('whoami')).toBe(`${RESEARCHER_ID}@clients.auth.globus.org\n`);
    const identities = await researcher.json('whoami', '--linked-identities');
    expect(identities).toMatchObject([{ sub: RESEARCHER_ID, name: 'Researcher' }]);
    expect(await researcher.output('whoami', '--jmespath', 'sub', '--format', 'unix')).toBe(`${RESEARCHER_ID}\n`);
  });

  it('lists a folder, names outside of ASCII among them', async () => {
    const names = (await researcher.output('ls', `${PERSONAL}:/`)).split('\n');
    expect(names).toEqual(expect.arrayContaining(['rainfall.csv', 'model/', 'Übersicht-température-日本.txt']));
  });

  it('gets the consent that a mapped collection asks of a service account by itself', async () => {
    expect(await researcher.output('ls', `${ARCHER2}:/`)).toContain('archive/\n');
    const { body } = await call(`${stack.globusUrl}/_control/requests`);
    const answers = (body as { target: string; status: number }[]).filter(({ target }) => target.includes(ARCHER2));
    expect(answers.map(({ status }) => status)).toEqual([403, 200]);
  });

  it('moves a folder with the flags of a model run, waits for its end and shows it', async () => {
    const source = `${PERSONAL}:/model/u-aa001`;
    const target = `${ARCHER2}:/archive/u-aa001`;
    const submitted = ['transfer', '--format', 'unix', '--jmespath', 'task_id', '--recursive', ...CAREFULLY];
    const task = (await researcher.output(...submitted, '--label', 'u-aa001/19900101', source, target)).trim();
    const waited = await researcher.run('task', 'wait', '-H', '--timeout', '60', '--polling-interval', '1', task);
    expect(waited.status).toBe(0);
    expect(await researcher.json('task', 'show', task)).toMatchObject({
      task_id: task,
      type: 'TRANSFER',
      status: 'SUCCEEDED',
      label: 'u-aa001/19900101',
      sync_level: 3,
      verify_checksum: true,
      fail_on_quota_errors: true,
      files: 2,
      files_transferred: 2,
      bytes_transferred: 500_004,
    });
    const moved = await readFile(fileOf(ARCHER2, '/archive/u-aa001/output/1990/jan.nc'));
    expect(moved.equals(await readFile(fileOf(PERSONAL, '/model/u-aa001/output/1990/jan.nc')))).toBe(true);
  });

  it('moves nothing again that is there already', async () => {
    const source = `${PERSONAL}:/model/u-aa001`;
    const submitted = ['transfer', '--format', 'unix', '--jmespath', 'task_id', '--recursive', ...CAREFULLY];
    const task = (await researcher.output(...submitted, source, `${ARCHER2}:/archive/u-aa001`)).trim();
    expect((await researcher.run('task', 'wait', '--timeout', '60', '--polling-interval', '1', task)).status).toBe(0);
    expect(await researcher.json('task', 'show', task)).toMatchObject({ files_skipped: 2, bytes_transferred: 0 });
  });

  it('makes, lists and deletes an access rule, for whoever manages the collection', async () => {
    await mkdir(fileOf(MANAGED, '/hdc1/by-hand'), { recursive: true });
    const [rules, create] = [
      ['endpoint', 'permission', 'list', MANAGED],
      ['endpoint', 'permission', 'create', '--permissions', 'rw', '--identity', RESEARCHER_ID],
    ];
    const created = await service.json(...create, `${MANAGED}:/hdc1/by-hand/`);
    expect(await service.json(...rules)).toMatchObject({
      DATA: expect.arrayContaining([
        expect.objectContaining({ id: created.access_id, principal: RESEARCHER_ID, path: '/hdc1/by-hand/' }),
      ]),
    });
    expect(await service.output(...rules)).toContain(`${RESEARCHER_ID}@clients.auth.globus.org`);

    await writeFile(fileOf(MANAGED, '/hdc1/by-hand/seen.txt'), 'seen');
    expect(await researcher.output('ls', `${MANAGED}:/hdc1/by-hand/`)).toBe('seen.txt\n');
    const deleted = await service.json('endpoint', 'permission', 'delete', MANAGED, created.access_id);
    expect(deleted).toMatchObject({ code: 'Deleted' });
    expect(await listRules(stack)).toEqual([]);
    expect((await researcher.run('ls', `${MANAGED}:/hdc1/by-hand/`)).status).toBe(1);
  });

  it.each([
    ['a folder that is not there', ['ls', `${PERSONAL}:/nowhere`], 'ClientError.NotFound'],
    ['a folder that somebody may not see', ['ls', `${MANAGED}:/hdc1`], 'PermissionDenied'],
    ['the access rules of a collection of others', ['endpoint', 'permission', 'list', MANAGED], 'PermissionDenied'],
    ['a task that nobody knows', ['task', 'show', NO_TASK], 'ClientError.NotFound'],
  ])('ends with 1 for %s, and says Globus’s code', async (_, args, code) => {
    const refused = await researcher.run(...args);
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain(code);
  });

  it.each([
    ['a command that there is not', ['nonsense'], 'No such command'],
    ['an option that there is not', ['ls', '--wrong'], 'No such option'],
    ['an argument that is missing', ['transfer'], 'Missing argument'],
  ])('ends with 2 for %s', async (_, args, words) => {
    const refused = await researcher.run(...args);
    expect(refused.status).toBe(2);
    expect(refused.errors).toContain(words);
  });

  it('ends with 3 for a collection of another kind than the command is for', async () => {
    const refused = await researcher.run('collection', 'list', PERSONAL);
    expect(refused.status).toBe(3);
    expect(refused.errors).toContain('Globus Connect Personal Mapped Collection');
  });

  it('waits for a task that fails, and ends with 1; for one that lives longer than the limit, too', async () => {
    await globusControl(stack, '/bytes-per-second', { value: 1 });
    const submitted = ['transfer', '--format', 'unix', '--jmespath', 'task_id', '--notify', 'off'];
    const task = (await researcher.output(...submitted, `${PERSONAL}:/notes.txt`, `${ARCHER2}:/archive/n`)).trim();
    await globusControl(stack, `/tasks/${task}/pause`);
    const impatient = await researcher.run('task', 'wait', '--timeout', '1', '--polling-interval', '1', task);
    expect(impatient.status).toBe(1);
    await globusControl(stack, `/tasks/${task}/fail`, { code: 'QUOTA_EXCEEDED', description: 'quota exceeded' });
    await globusControl(stack, '/bytes-per-second', { value: null });
    expect((await researcher.run('task', 'wait', '--polling-interval', '1', task)).status).toBe(1);
    expect(await researcher.json('task', 'show', task)).toMatchObject({ status: 'FAILED' });
  });

  it('repeats a submission whose answer was lost, and Globus takes it once', async () => {
    const label = 'answer lost';
    await globusControl(stack, '/faults', { method: 'POST', match: '/transfer$', kind: 'drop-after-effect', times: 1 });
    const args = ['--notify', 'off', '--label', label, `${PERSONAL}:/notes.txt`, `${ARCHER2}:/archive/lost.txt`];
    await researcher.output('transfer', ...args);
    const { DATA } = await researcher.json('task', 'list', '--filter-label', label);
    expect(DATA).toHaveLength(1);
  });

  it('ends with 1 for a wrong secret', async () => {
    const folder = 'folder' in prepared ? prepared.folder : '';
    const stranger = await openGlobusCli(folder, stack, { ...RESEARCHER, secret: 'guessed' });
    const refused = await stranger.run('whoami');
    expect(refused.status).toBe(1);
    expect(refused.errors).toContain('401');
    await stranger.remove();
  });
});
