import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, startHarness, type TransferClient } from './globus-harness.ts';

let harness: Harness;
let researcher: TransferClient;
let service: TransferClient;
beforeAll(async () => {
  harness = await startHarness();
  researcher = await harness.login(RESEARCHER_ID);
  service = await harness.login(SERVICE_ID);
  await harness.grant(RESEARCHER_ID, '/hdc1/events/', 'rw');
});
afterAll(() => harness.close());

const eventsOf = async (taskId: string, query = '') =>
  (await researcher.get(`task/${taskId}/event_list?limit=1000${query}`)).data;
const hasFaults = (task: Record<string, unknown>) => Number(task['faults']) > 0;
/** A task that goes on until it is cancelled. */
const endlessTask = () => researcher.submit([['/never-there', `/hdc1/events/${crypto.randomUUID()}`]]);

describe('the event log', () => {
  it.each([
    { code: 'PERMISSION_DENIED', source: '/notes.txt', destination: '/hdc1/elsewhere' },
    { code: 'FILE_NOT_FOUND', source: '/never-there', destination: '/hdc1/events/a' },
    { code: 'NOT_A_DIRECTORY', source: '/notes.txt', destination: '/hdc1/events/file/below' },
  ])('holds $code when it happens', async ({ code, source, destination }) => {
    if (code === 'NOT_A_DIRECTORY') {
      const made = await researcher.submit([['/notes.txt', '/hdc1/events/file']]);
      await researcher.waitForStatus(made, 'SUCCEEDED');
    }
    const taskId = await researcher.submit([[source, destination]]);
    const task = await researcher.waitFor(taskId, hasFaults);
    expect(task).toMatchObject({ status: 'ACTIVE', nice_status: code });
    const [event] = await eventsOf(taskId, '&filter=is_error:1');
    const description = code.toLowerCase().replaceAll('_', ' ');
    expect(event).toMatchObject({ DATA_TYPE: 'event', code, is_error: true, description });
    expect(JSON.parse(String(event?.['details']))).toMatchObject({ error: { body: expect.any(String) } });
    await researcher.call('POST', `task/${taskId}/cancel`);
  });

  it('holds NO_CREDENTIALS when a task is suspended', async () => {
    const taskId = await endlessTask();
    await harness.control('POST', `tasks/${taskId}/inactive`);
    const credentials = (await eventsOf(taskId)).filter((event) => event['code'] === 'NO_CREDENTIALS');
    expect(credentials).toMatchObject([{ is_error: true, description: 'no credentials' }]);
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({ nice_status: 'NO_CREDENTIALS' });
  });

  it.each(['filter=is_error:1', 'filter_is_error=1'])(
    'is cut down to errors by %s, for owner and manager',
    async (filter) => {
      const taskId = await endlessTask();
      await researcher.waitFor(taskId, hasFaults);
      for (const [client, path] of [
        [researcher, `task/${taskId}`],
        [service, `endpoint_manager/task/${taskId}`],
      ] as const) {
        const all = await client.get(`${path}/event_list?limit=1000`);
        const errors = await client.get(`${path}/event_list?limit=1000&${filter}`);
        expect(all.data.at(-1)).toMatchObject({ code: 'STARTED', is_error: false });
        expect(errors.data.length).toBeGreaterThan(0);
        expect(new Set(errors.data.map((event) => event['is_error']))).toEqual(new Set([true]));
      }
      await researcher.call('POST', `task/${taskId}/cancel`);
    },
  );
});

describe('an event from the control interface', () => {
  const raise = (taskId: string, body: object) => harness.control('POST', `tasks/${taskId}/event`, body);
  /** A task that moves so slowly that it is seen. */
  const slowTask = async () => {
    await harness.control('POST', 'bytes-per-second', { value: 200_000 });
    const taskId = await researcher.submit([['/model/large.nc', `/hdc1/events/${crypto.randomUUID()}`]]);
    await researcher.waitFor(taskId, (task) => Number(task['bytes_transferred']) > 0);
    return taskId;
  };

  it.each(['ENDPOINT_TOO_BUSY', 'QUOTA_EXCEEDED', 'AUTH'])('shows %s on a task that runs', async (code) => {
    const taskId = await slowTask();
    const reply = await raise(taskId, { code, description: 'as the collection says', details: 'all of it' });
    expect(reply).toMatchObject({ status: 200, body: { faults: 1 } });
    expect((await researcher.get(`task/${taskId}`)).body).toMatchObject({
      status: 'ACTIVE',
      is_ok: false,
      faults: 1,
      nice_status: code,
      nice_status_short_description: 'as the collection says',
    });
    expect(await eventsOf(taskId, '&filter=is_error:1')).toMatchObject([
      { code, is_error: true, description: 'as the collection says', details: 'all of it' },
    ]);
    expect((await raise(taskId, { code: 'PROGRESS', isError: false })).body).toMatchObject({
      nice_status: 'OK',
      faults: 1,
    });
    await harness.control('POST', 'bytes-per-second', { value: null });
    expect(await researcher.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({ nice_status: null, faults: 1 });
  });

  it.each([
    { case: 'no code', body: {} },
    { case: 'isError that is no boolean', body: { code: 'AUTH', isError: 'yes' } },
  ])('is refused with $case', async ({ body }) => {
    const taskId = await endlessTask();
    expect((await raise(taskId, body)).status).toBe(400);
    await researcher.call('POST', `task/${taskId}/cancel`);
  });

  it('is refused for a task that has ended', async () => {
    const taskId = await endlessTask();
    await researcher.call('POST', `task/${taskId}/cancel`);
    expect((await raise(taskId, { code: 'AUTH' })).status).toBe(400);
  });
});

describe('a deletion on the guest collection', () => {
  const put = (name: string) =>
    writeFileSync(join(harness.stateDirectory, 'collections', GUEST, 'hdc1', name), 'left over');
  const exists = async (name: string) =>
    (await service.get(`operation/endpoint/${GUEST}/stat?path=/hdc1/${name}`)).status === 200;
  const remove = async (client: TransferClient, name: string) => {
    const { body } = await client.call('POST', 'delete', {
      DATA_TYPE: 'delete',
      submission_id: crypto.randomUUID(),
      endpoint: GUEST,
      DATA: [{ DATA_TYPE: 'delete_item', path: `/hdc1/${name}` }],
    });
    return String(body['task_id']);
  };

  it("is done for the collection's managers without any rule", async () => {
    put('of-service');
    const taskId = await remove(service, 'of-service');
    expect(await service.waitForStatus(taskId, 'SUCCEEDED')).toMatchObject({ type: 'DELETE', faults: 0 });
    expect(await exists('of-service')).toBe(false);
  });

  it('waits until a rule allows writing', async () => {
    put('of-researcher');
    await harness.grant(RESEARCHER_ID, '/hdc1/', 'r');
    const taskId = await remove(researcher, 'of-researcher');
    expect(await researcher.waitFor(taskId, hasFaults)).toMatchObject({ nice_status: 'PERMISSION_DENIED' });
    expect(await exists('of-researcher')).toBe(true);
    expect((await eventsOf(taskId, '&filter=is_error:1'))[0]).toMatchObject({ code: 'PERMISSION_DENIED' });
    await harness.grant(RESEARCHER_ID, '/hdc1/', 'rw');
    await researcher.waitForStatus(taskId, 'SUCCEEDED');
    expect(await exists('of-researcher')).toBe(false);
  });
});
