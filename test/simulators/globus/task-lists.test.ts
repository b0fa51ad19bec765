import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, type Json, startHarness, type TransferClient } from './globus-harness.ts';

let harness: Harness;
let researcher: TransferClient;
let running: string;
const done: string[] = [];
beforeAll(async () => {
  harness = await startHarness();
  researcher = await harness.login(RESEARCHER_ID);
  mkdirSync(join(harness.stateDirectory, 'collections', PERSONAL, 'many'));
  for (let index = 0; index < 7; index += 1)
    writeFileSync(join(harness.stateDirectory, 'collections', PERSONAL, 'many', `f${index}`), String(index));
  await harness.grant(RESEARCHER_ID, '/hdc1/', 'rw');
  for (const name of ['one', 'two', 'three']) {
    const taskId = await researcher.submit([['/many', `/hdc1/${name}`, true]], { label: name });
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    done.push(taskId);
  }
  running = await researcher.submit([['/never-there', '/hdc1/never']], { label: 'running' });
  await researcher.waitFor(running, (task) => Number(task['faults']) > 0);
});
afterAll(() => harness.close());

const labels = (data: readonly Json[]) => data.map((each) => each['label']);

describe('successful_transfers', () => {
  it('comes in pages of the size that is set', async () => {
    await harness.control('POST', 'page-size', { value: 3 });
    const pages: unknown[][] = [];
    let marker: unknown = 0;
    while (marker !== null) {
      const { body, data } = await researcher.get(`task/${done[0]}/successful_transfers?marker=${marker}`);
      expect(body).toMatchObject({ DATA_TYPE: 'successful_transfers', marker });
      pages.push(data.map((each) => each['source_path']));
      marker = body['next_marker'];
    }
    await harness.control('POST', 'page-size', { value: 1000 });
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual([0, 1, 2, 3, 4, 5, 6].map((index) => `/many/f${index}`));
  });

  it('is refused while the task runs', async () => {
    expect(await researcher.get(`task/${running}/successful_transfers`)).toMatchObject({
      status: 400,
      body: {
        code: 'ClientError.BadRequest',
        message: `Task '${running}' is still in progress, successful transfers are not yet available`,
      },
    });
  });

  it('refuses a marker that is no number', async () => {
    expect((await researcher.get(`task/${done[0]}/successful_transfers?marker=x`)).status).toBe(400);
  });
});

describe('task_list', () => {
  it.each([
    { query: '', expected: ['running', 'three', 'two', 'one'] },
    { query: '?filter=status:ACTIVE', expected: ['running'] },
    { query: '?filter=status:SUCCEEDED,FAILED/type:TRANSFER', expected: ['three', 'two', 'one'] },
    { query: '?filter=type:DELETE', expected: [] },
    { query: '?filter=status:SUCCEEDED&filter=label:two', expected: ['two'] },
    { query: '?limit=2&offset=1', expected: ['three', 'two'] },
    { query: '?orderby=label%20ASC', expected: ['one', 'running', 'three', 'two'] },
  ])('answers "$query" with $expected', async ({ query, expected }) => {
    expect(labels((await researcher.get(`task_list${query}`)).data)).toEqual(expected);
  });

  it('filters by ids and tells how many there are', async () => {
    const { body, data } = await researcher.get(`task_list?filter=task_id:${done[0]},${done[2]}&limit=1`);
    expect(body).toMatchObject({ DATA_TYPE: 'task_list', length: 1, limit: 1, offset: 0, total: 2 });
    expect(labels(data)).toEqual(['three']);
  });

  it('shows nobody the tasks of others', async () => {
    const second = await harness.login(SECOND_RESEARCHER_ID);
    expect((await second.get('task_list')).data).toEqual([]);
    for (const rest of ['', '/event_list', '/successful_transfers', '/skipped_errors', '/pause_info'])
      expect(await second.get(`task/${done[0]}${rest}`)).toMatchObject({
        status: 404,
        body: { code: 'ClientError.NotFound' },
      });
    expect((await second.call('POST', `task/${running}/cancel`)).status).toBe(404);
  });
});

describe('event_list', () => {
  it('pages through the events, newest first', async () => {
    const { body, data } = await researcher.get(`task/${done[0]}/event_list?limit=1`);
    expect(body).toMatchObject({ DATA_TYPE: 'event_list', length: 1, limit: 1, offset: 0, total: 2 });
    expect(data).toMatchObject([{ DATA_TYPE: 'event', code: 'SUCCEEDED', is_error: false }]);
    expect((await researcher.get(`task/${done[0]}/event_list?offset=1`)).data).toMatchObject([{ code: 'STARTED' }]);
  });

  it('shows errors only when asked', async () => {
    const { data } = await researcher.get(`task/${running}/event_list?filter=is_error:1&limit=1`);
    expect(data).toMatchObject([{ code: 'FILE_NOT_FOUND', is_error: true, description: 'file not found' }]);
    expect(JSON.parse(String(data[0]?.['details']))).toMatchObject({ context: [{ path: '/never-there' }] });
  });
});

it('an owner with a role still reads own tasks through the owner calls', async () => {
  const service = await harness.login(SERVICE_ID);
  const taskId = await service.submit([['/hdc1/one', '/hdc1/copy', true]], { source_endpoint: GUEST });
  expect(await service.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({
    owner_id: SERVICE_ID,
    files_transferred: 7,
  });
});
