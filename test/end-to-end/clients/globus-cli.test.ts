import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  JASMIN_COLLECTION_ID as JASMIN,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { COLLECTION, PATH, PRINCIPAL, SOURCE_COLLECTION } from '../../support/builders.ts';
import { bytesAt, expectNothingHeld } from '../../support/clients/end-of-transfer.ts';
import {
  type CliTransfer,
  type GlobusCli,
  list,
  listPermissions,
  openGlobusCli,
  transferDocument,
  waitForTask,
} from '../../support/clients/globus-cli.ts';
import { type StackProcess, startStackProcess } from '../../support/local-stack.ts';
import { globusControl } from '../../support/stack-control.ts';
import { type GrantedFile, grantOne, listFiles, putSourceFile, reportFiles } from '../../support/upload-client.ts';

/* globus-cli with a service account (clients.md 2): the requests behind ls, transfer, task wait and permission list. */

const MANAGER = { id: SERVICE_ID, secret: 'service-secret' };
let stack: StackProcess;
let cli: GlobusCli;

beforeAll(async () => {
  stack = await startStackProcess();
  await putSourceFile(stack, '/model/.hidden', 'not shown');
  cli = await openGlobusCli(stack);
});
afterAll(() => stack?.remove());

async function submit(order: CliTransfer) {
  const submission = await cli.transfer('submission_id');
  const document = transferDocument(order, submission.body.value);
  const reply = await cli.transfer('transfer', document);
  return { document, status: reply.status, body: reply.body };
}

describe('globus ls', () => {
  it('shows what is in a folder, hidden files left out', async () => {
    const { status, body } = await list(cli, SOURCE_COLLECTION, '/model');

    expect(status).toBe(200);
    expect(body).toMatchObject({ DATA_TYPE: 'file_list', path: '/model/' });
    expect(body.DATA.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`)).toEqual([
      'large.nc file',
      'u-aa001 dir',
    ]);
    expect(body.DATA[0].last_modified).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/);
  });

  it('names what is wrong with code, message, request and resource', async () => {
    const { status, body } = await list(cli, SOURCE_COLLECTION, '/nowhere');

    expect([status, body.code]).toEqual([404, 'ClientError.NotFound']);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['code', 'message', 'request_id', 'resource']));
  });

  it('of a mapped collection gets a consent first, and goes on with the token that it had', async () => {
    const before = cli.requests.length;
    const { status, body } = await list(cli, ARCHER2, '/archive/u-aa001');

    expect([status, body.path]).toEqual([200, '/archive/u-aa001/']);
    const listing = `GET /v0.10/operation/endpoint/${ARCHER2}/ls`;
    expect(cli.requests.slice(before)).toEqual([`${listing} → 403`, 'POST /v2/oauth2/token → 200', `${listing} → 200`]);
  });
});

describe('globus transfer --recursive, then globus task wait', () => {
  const order: CliTransfer = {
    source: [ARCHER2, '/archive/u-aa001/19900101T0000Z'],
    destination: [JASMIN, '/transfers/u-aa001/19900101T0000Z'],
    isRecursive: true,
  };

  it('copies a folder and ends with 0', { timeout: 60_000 }, async () => {
    const { status, body } = await submit(order);
    expect([200, 202]).toContain(status);
    expect(body).toMatchObject({ message: expect.any(String), task_id: expect.any(String) });

    expect(await waitForTask(cli, body.task_id)).toBe(0);
    const shown = await cli.transfer(`task/${body.task_id}`);
    expect(shown.body).toMatchObject({ type: 'TRANSFER', sync_level: 3, files_transferred: 2 });
    expect(shown.body.completion_time).toMatch(/^\d{4}-\d\d-\d\dT/);
    for (const name of ['aa001a.pm1990jan.nc', 'aa001a.da19900201_00']) {
      const copy = await bytesAt(stack, JASMIN, `${order.destination[1]}/${name}`);
      expect(copy).toEqual(await bytesAt(stack, ARCHER2, `${order.source[1]}/${name}`));
    }
  });

  it('copies nothing twice', { timeout: 60_000 }, async () => {
    const { body } = await submit(order);

    expect(await waitForTask(cli, body.task_id)).toBe(0);
    const shown = await cli.transfer(`task/${body.task_id}`);
    expect(shown.body).toMatchObject({ files_transferred: 0, files_skipped: 2 });
  });

  it('starts one task however often it is submitted under one id', { timeout: 60_000 }, async () => {
    const { document, body } = await submit(order);
    const again = await cli.transfer('transfer', document);

    expect(again.body).toMatchObject({ code: 'Duplicate', task_id: body.task_id });
    expect(await waitForTask(cli, body.task_id)).toBe(0);
  });

  it('ends with 1 when the task fails', { timeout: 60_000 }, async () => {
    const { body } = await submit({ ...order, source: [ARCHER2, '/archive/not there'] });
    await globusControl(stack, `/tasks/${body.task_id}/fail`, { code: 'FILE_NOT_FOUND', description: 'not found' });

    expect(await waitForTask(cli, body.task_id)).toBe(1);
  });
});

describe('an upload with globus transfer in place of an app', () => {
  let granted: GrantedFile;
  let taskId: string;

  it('writes to the granted path, which globus endpoint permission list shows to the manager', async () => {
    granted = await grantOne(stack);
    const lines = await listPermissions(await openGlobusCli(stack, MANAGER), COLLECTION);
    expect(lines).toContain(`${PRINCIPAL}@clients.auth.globus.org ${PATH} rw`);

    const { body } = await submit({
      source: [SOURCE_COLLECTION, '/model/u-aa001/output/1990/jan.nc'],
      destination: [COLLECTION, granted.path],
      isRecursive: false,
    });
    taskId = body.task_id;
    expect((await reportFiles(stack, taskId, [[granted, 'jan.nc']])).status).toBe(200);
    expect(await waitForTask(cli, taskId)).toBe(0);
  });

  it('ends with the file in the dataset, with no lock and no permission of the researcher', async () => {
    await expectNothingHeld(stack, 29);

    const dataFile = { filesize: 300_001, storageIdentifier: granted.identifier, contentType: 'application/netcdf' };
    expect(await listFiles(stack)).toMatchObject([{ label: 'jan.nc', dataFile }]);
    const lines = await listPermissions(await openGlobusCli(stack, MANAGER), COLLECTION);
    expect(lines.filter((line) => line.startsWith(PRINCIPAL))).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
  });
});
