import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID,
  MANAGED_COLLECTION_ID as GUEST,
  JASMIN_COLLECTION_ID,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { seedBytes } from '../../../infra/local/simulators/globus/seed.ts';
import { type Harness, sha256, startHarness, type TransferClient } from './globus-harness.ts';

let harness: Harness;
let researcher: TransferClient;
beforeAll(async () => {
  harness = await startHarness();
  researcher = await harness.login(RESEARCHER_ID);
  mkdirSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1/in'));
  await harness.grant(RESEARCHER_ID, '/hdc1/in/', 'rw');
});
afterAll(() => harness.close());

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
const personal = (name: string) => join(harness.stateDirectory, 'collections', PERSONAL, name);

describe('a transfer task', () => {
  it.each([
    { case: 'an empty file', source: '/empty.dat', destination: '/hdc1/in/empty' },
    { case: 'a file of 16 MiB and a bit', source: '/model/large.nc', destination: '/hdc1/in/large' },
    { case: 'a name outside ASCII', source: '/Übersicht-température-日本.txt', destination: '/hdc1/in/Größe 日本.txt' },
    { case: 'a path under /~/', source: '/~/notes.txt', destination: '/hdc1/in/home' },
  ])('copies the bytes of $case', async ({ source, destination }) => {
    const taskId = await researcher.submit([[source, destination]]);
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(sha256(harness.file(GUEST, destination))).toBe(sha256(harness.file(PERSONAL, source.replace('/~/', '/'))));
    expect((await researcher.get(`task/${taskId}/successful_transfers`)).data).toEqual([
      {
        DATA_TYPE: 'successful_transfer',
        source_path: source,
        destination_path: destination,
        size: harness.file(PERSONAL, source.replace('/~/', '/')).length,
        checksum: null,
        checksum_algorithm: null,
        dynamic: false,
      },
    ]);
  });

  it('copies 64 MB with its checksum while other calls are answered', async () => {
    const bytes = seedBytes('64 MB', 64_000_000);
    writeFileSync(personal('huge.bin'), bytes);
    const taskId = await researcher.submit([['/huge.bin', '/hdc1/in/huge.bin']], { verify_checksum: true });
    const task = await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(task).toMatchObject({ bytes_transferred: bytes.length, bytes_checksummed: bytes.length });
    expect(sha256(harness.file(GUEST, '/hdc1/in/huge.bin'))).toBe(sha256(bytes));
    expect((await researcher.get(`task/${taskId}/successful_transfers`)).data[0]).toMatchObject({
      checksum: md5(bytes),
      checksum_algorithm: 'MD5',
    });
  });

  it('ends with the document of the reference', async () => {
    const taskId = await researcher.submit([['/notes.txt', '/hdc1/in/one']], { label: 'one file' });
    expect(await researcher.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({
      DATA_TYPE: 'task',
      task_id: taskId,
      type: 'TRANSFER',
      owner_id: RESEARCHER_ID,
      label: 'one file',
      source_endpoint_id: PERSONAL,
      destination_endpoint_id: GUEST,
      source_base_path: null,
      files: 1,
      files_transferred: 1,
      files_skipped: 0,
      directories: 0,
      subtasks_total: 2,
      subtasks_succeeded: 2,
      subtasks_pending: 0,
      faults: 0,
      fatal_error: null,
      is_ok: null,
      nice_status: null,
      nice_status_short_description: null,
      nice_status_expires_in: null,
      is_paused: false,
      history_deleted: false,
      completion_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    });
  });

  it.each([{ recursive: true }, { recursive: undefined }])(
    'expands a directory ($recursive)',
    async ({ recursive }) => {
      const target = `/hdc1/in/tree-${recursive}`;
      const taskId = await researcher.submit([], {
        DATA: [{ DATA_TYPE: 'transfer_item', source_path: '/model/u-aa001/', destination_path: target, recursive }],
        store_base_path_info: true,
      });
      const task = await researcher.waitForStatus(taskId, 'SUCCEEDED');
      expect(task).toMatchObject({ files: 2, directories: 3, files_transferred: 2, subtasks_total: 3 });
      const { data } = await researcher.get(`task/${taskId}/successful_transfers`);
      expect(data.map((each) => [each['source_path'], each['destination_path']])).toEqual([
        ['/model/u-aa001/output/1990/feb.nc', `${target}/output/1990/feb.nc`],
        ['/model/u-aa001/output/1990/jan.nc', `${target}/output/1990/jan.nc`],
      ]);
      expect(sha256(harness.file(GUEST, `${target}/output/1990/jan.nc`))).toBe(
        sha256(seedBytes('/model/u-aa001/output/1990/jan.nc', 300_001)),
      );
    },
  );

  it('makes empty directories and leaves out what filter rules exclude', async () => {
    mkdirSync(personal('filtered/empty'), { recursive: true });
    for (const name of ['a.nc', 'b.log', 'c.nc']) writeFileSync(personal(`filtered/${name}`), name);
    const taskId = await researcher.submit([['/filtered', '/hdc1/in/filtered', true]], {
      filter_rules: [{ DATA_TYPE: 'filter_rule', method: 'exclude', name: '*.log', type: 'file' }],
    });
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    const copied = readdirSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1/in/filtered'));
    expect(copied.sort()).toEqual(['a.nc', 'c.nc', 'empty']);
  });

  it('leaves unchanged files alone under sync_level 3, and copies changed ones', async () => {
    mkdirSync(personal('synced'));
    for (const name of ['same', 'other']) writeFileSync(personal(`synced/${name}`), name);
    const first = await researcher.submit([['/synced', '/hdc1/in/synced', true]]);
    await researcher.waitForStatus(first, 'SUCCEEDED');
    writeFileSync(personal('synced/other'), 'OTHER');
    const second = await researcher.submit([['/synced', '/hdc1/in/synced', true]], { sync_level: 3 });
    expect(await researcher.waitForStatus(second, 'SUCCEEDED')).toMatchObject({
      files: 2,
      files_skipped: 1,
      files_transferred: 1,
    });
    expect((await researcher.get(`task/${second}/successful_transfers`)).data).toMatchObject([
      { source_path: '/synced/other' },
    ]);
    expect(harness.file(GUEST, '/hdc1/in/synced/other').toString()).toBe('OTHER');
  });

  it('copies between mapped collections with their consents', async () => {
    await harness.consent(RESEARCHER_ID, ARCHER2_COLLECTION_ID, JASMIN_COLLECTION_ID);
    const taskId = await researcher.submit([['/archive/u-aa001', '/transfers/u-aa001', true]], {
      source_endpoint: ARCHER2_COLLECTION_ID,
      destination_endpoint: JASMIN_COLLECTION_ID,
    });
    expect(await researcher.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({ files_transferred: 2 });
  });

  it('fails at once when an external checksum differs', async () => {
    const DATA = [
      {
        DATA_TYPE: 'transfer_item',
        source_path: '/notes.txt',
        destination_path: '/hdc1/in/checked',
        recursive: false,
        external_checksum: md5(Buffer.from('something else')),
        checksum_algorithm: 'MD5',
      },
    ];
    const taskId = await researcher.submit([], { DATA });
    expect(await researcher.waitForStatus(taskId, 'FAILED')).toMatchObject({
      fatal_error: { code: 'EXTERNAL_CHECKSUM_MISMATCH' },
      subtasks_failed: 1,
    });
    expect(() => harness.file(GUEST, '/hdc1/in/checked')).toThrow('ENOENT');
  });

  it('shows its bytes growing at the speed that is set, and no unfinished file in a listing', async () => {
    const service = await harness.login(SERVICE_ID);
    await harness.control('POST', 'bytes-per-second', { value: 1_000_000 });
    const taskId = await researcher.submit([['/model/large.nc', '/hdc1/in/slow/large']]);
    const early = await researcher.waitFor(taskId, (task) => Number(task['bytes_transferred']) > 0);
    const later = await researcher.waitFor(
      taskId,
      (task) => Number(task['bytes_transferred']) > Number(early['bytes_transferred']),
    );
    expect(later).toMatchObject({
      status: 'ACTIVE',
      nice_status: 'OK',
      is_ok: true,
      nice_status_expires_in: -1,
      completion_time: null,
    });
    expect((await service.get(`operation/endpoint/${GUEST}/ls?path=/hdc1/in/slow/`)).data).toEqual([]);
    await harness.control('POST', 'bytes-per-second', { value: null });
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect((await service.get(`operation/endpoint/${GUEST}/ls?path=/hdc1/in/slow/`)).data).toMatchObject([
      { name: 'large' },
    ]);
  });
});

describe('a delete task', () => {
  const remove = async (path: string, options = {}) => {
    const { body } = await researcher.call('POST', 'delete', {
      DATA_TYPE: 'delete',
      submission_id: crypto.randomUUID(),
      endpoint: PERSONAL,
      DATA: [{ DATA_TYPE: 'delete_item', path }],
      ...options,
    });
    return String(body['task_id']);
  };

  it('removes a directory when it is recursive', async () => {
    mkdirSync(personal('gone/deep'), { recursive: true });
    const task = await researcher.waitForStatus(await remove('/gone', { recursive: true }), 'SUCCEEDED');
    expect(task).toMatchObject({ type: 'DELETE', destination_endpoint_id: null, files_transferred: 0 });
    expect(readdirSync(personal('.'))).not.toContain('gone');
  });

  it.each([
    {
      case: 'a missing path',
      path: '/never-was',
      options: {},
      status: 'FAILED',
      fatal: { code: 'FILE_NOT_FOUND', description: 'file not found' },
    },
    {
      case: 'a missing path that may be missing',
      path: '/never-was',
      options: { ignore_missing: true },
      status: 'SUCCEEDED',
      fatal: null,
    },
    {
      case: 'a directory without recursive',
      path: '/model',
      options: {},
      status: 'FAILED',
      fatal: { code: 'IS_A_DIRECTORY', description: 'is a directory' },
    },
  ])('ends $status for $case', async ({ path, options, status, fatal }) => {
    const task = await researcher.waitForStatus(await remove(path, options), status);
    expect(task['fatal_error']).toEqual(fatal);
  });
});

it('every test leaves the seed in place', () => {
  rmSync(personal('huge.bin'), { force: true });
  expect(sha256(harness.file(PERSONAL, '/model/large.nc'))).toBe(
    sha256(seedBytes('/model/large.nc', 16 * 1024 * 1024 + 17)),
  );
});
