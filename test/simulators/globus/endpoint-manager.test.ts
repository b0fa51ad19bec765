import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID,
  fixtureWorld,
  MANAGED_COLLECTION_ID as GUEST,
  JASMIN_COLLECTION_ID,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import type { GlobusWorld } from '../../../infra/local/simulators/globus/world.ts';
import { type Harness, type Json, startHarness, type TransferClient } from './globus-harness.ts';

const LINKED_ID = 'd15d4244-fc10-47f3-a790-85bdb6db9aff';
const MONITOR_ID = 'c0ffee00-0000-4000-8000-000000000004';
const world: GlobusWorld = {
  identities: [
    ...fixtureWorld.identities.map((each) =>
      each.id === RESEARCHER_ID ? { ...each, linkedIdentityIds: [LINKED_ID] } : each,
    ),
    { id: LINKED_ID, username: 'linked', name: 'Researcher', email: 'r@example.org', clientSecret: 'linked-secret' },
    { id: MONITOR_ID, username: 'monitor', name: 'Monitor', email: 'm@example.org', clientSecret: 'monitor-secret' },
  ],
  collections: fixtureWorld.collections.map((each) =>
    each.id === GUEST
      ? {
          ...each,
          roles: [
            ...each.roles,
            { id: 'c0ffee00-0000-4000-8000-0000000000a4', principal: MONITOR_ID, role: 'activity_monitor' as const },
          ],
        }
      : each,
  ),
};

let harness: Harness;
let service: TransferClient;
let researcher: TransferClient;
const ids: Record<'upload' | 'download' | 'stuck' | 'linked' | 'unseen', string> = {
  upload: '',
  download: '',
  stuck: '',
  linked: '',
  unseen: '',
};
beforeAll(async () => {
  harness = await startHarness({ world });
  [service, researcher] = await Promise.all([harness.login(SERVICE_ID), harness.login(RESEARCHER_ID)]);
  const linked = await harness.login(LINKED_ID, 'linked-secret');
  // A rule for a linked identity serves the whole set.
  await harness.grant(LINKED_ID, '/hdc1/', 'rw');
  ids.upload = await researcher.submit([['/notes.txt', '/hdc1/upload']]);
  await researcher.waitForStatus(ids.upload, 'SUCCEEDED');
  ids.download = await researcher.submit([['/hdc1/test1.txt', '/test1.txt']], {
    source_endpoint: GUEST,
    destination_endpoint: PERSONAL,
  });
  await researcher.waitForStatus(ids.download, 'SUCCEEDED');
  ids.stuck = await researcher.submit([['/never-there', '/hdc1/stuck']]);
  await researcher.waitFor(ids.stuck, (task) => Number(task['faults']) > 0);
  ids.linked = await linked.submit([['/never-there', '/hdc1/linked']]);
  await linked.waitFor(ids.linked, (task) => Number(task['faults']) > 0);
  await harness.consent(RESEARCHER_ID, ARCHER2_COLLECTION_ID, JASMIN_COLLECTION_ID);
  ids.unseen = await researcher.submit([['/archive', '/transfers/a', true]], {
    source_endpoint: ARCHER2_COLLECTION_ID,
    destination_endpoint: JASMIN_COLLECTION_ID,
  });
  await researcher.waitForStatus(ids.unseen, 'SUCCEEDED');
});
afterAll(() => harness.close());

const list = (query: string, client = service) => client.get(`endpoint_manager/task_list?${query}`);
const nameOf = (task: Json) => Object.entries(ids).find(([, id]) => id === task['task_id'])?.[0];

describe('endpoint_manager', () => {
  it('refuses everything to whoever has no role, own tasks too', async () => {
    const base = `endpoint_manager/task/${ids.upload}`;
    for (const path of [
      base,
      `${base}/event_list`,
      `${base}/successful_transfers`,
      `${base}/skipped_errors`,
      `${base}/pause_info`,
    ])
      expect(await researcher.get(path)).toMatchObject({ status: 403, body: { code: 'PermissionDenied' } });
    expect((await list(`filter_task_id=${ids.upload}`, researcher)).status).toBe(403);
  });

  it.each([
    { case: 'a task of the collection', id: () => ids.upload, status: 200, code: undefined },
    { case: 'a task elsewhere', id: () => ids.unseen, status: 403, code: 'PermissionDenied' },
    { case: 'an unknown task', id: () => randomUUID(), status: 404, code: 'ClientError.NotFound' },
  ])('answers $status for $case', async ({ id, status, code }) => {
    const reply = await service.get(`endpoint_manager/task/${id()}`);
    expect({ status: reply.status, code: reply.body['code'] }).toEqual({ status, code });
  });

  it('shows only the side the reader has a role on', async () => {
    expect((await service.get(`endpoint_manager/task/${ids.upload}`)).body).toMatchObject({
      owner_id: RESEARCHER_ID,
      owner_string: `${RESEARCHER_ID}@clients.auth.globus.org`,
      source_local_user_status: 'NO_PERMISSION',
      source_mapped_collection_id: null,
      destination_local_user_status: 'OK',
      destination_mapped_collection_id: expect.any(String),
    });
    expect((await service.get(`endpoint_manager/task/${ids.upload}/successful_transfers`)).data).toMatchObject([
      { source_path: null, destination_path: '/hdc1/upload', size: 64 },
    ]);
    expect((await service.get(`endpoint_manager/task/${ids.download}/successful_transfers`)).data).toMatchObject([
      { source_path: '/hdc1/test1.txt', destination_path: null },
    ]);
  });

  it('lists events, errors only when asked', async () => {
    const { data } = await service.get(`endpoint_manager/task/${ids.stuck}/event_list?filter_is_error=1&limit=1000`);
    expect(new Set(data.map((each) => each['code']))).toEqual(new Set(['FILE_NOT_FOUND']));
  });
});

describe('endpoint_manager/task_list', () => {
  it.each([
    { case: 'a collection', query: `filter_endpoint=${GUEST}`, expected: ['linked', 'stuck', 'download', 'upload'] },
    {
      case: 'a collection as the source',
      query: `filter_endpoint=${GUEST}&filter_endpoint_use=source`,
      expected: ['download'],
    },
    {
      case: 'a collection as the destination',
      query: `filter_endpoint=${GUEST}&filter_endpoint_use=destination`,
      expected: ['linked', 'stuck', 'upload'],
    },
    {
      case: 'running tasks of a collection',
      query: `filter_endpoint=${GUEST}&filter_status=ACTIVE,INACTIVE`,
      expected: ['linked', 'stuck'],
    },
    { case: 'running tasks anywhere in sight', query: 'filter_status=ACTIVE', expected: ['linked', 'stuck'] },
    {
      case: 'finished tasks',
      query: `filter_endpoint=${GUEST}&filter_status=SUCCEEDED,FAILED`,
      expected: ['download', 'upload'],
    },
    {
      case: 'the primary identity',
      query: `filter_status=ACTIVE&filter_owner_id=${RESEARCHER_ID}`,
      expected: ['linked', 'stuck'],
    },
    {
      case: 'a linked identity',
      query: `filter_status=ACTIVE&filter_owner_id=${LINKED_ID}`,
      expected: ['linked', 'stuck'],
    },
    {
      case: 'someone without tasks',
      query: `filter_status=ACTIVE&filter_owner_id=${SECOND_RESEARCHER_ID}`,
      expected: [],
    },
    { case: 'paused tasks', query: 'filter_status=ACTIVE&filter_is_paused=true', expected: [] },
    {
      case: 'tasks with faults',
      query: `filter_endpoint=${GUEST}&filter_min_faults=1&filter_endpoint_use=destination`,
      expected: ['linked', 'stuck'],
    },
    {
      case: 'tasks that ended since 2020',
      query: `filter_endpoint=${GUEST}&filter_completion_time=2020-01-01,`,
      expected: ['download', 'upload'],
    },
  ])('filters by $case', async ({ query, expected }) => {
    const linkedFaults = (await service.get(`endpoint_manager/task/${ids.linked}`)).body['faults'];
    expect(Number(linkedFaults)).toBeGreaterThan(0);
    expect((await list(query)).data.map(nameOf)).toEqual(expected);
  });

  it('answers for ids when all are in sight', async () => {
    expect((await list(`filter_task_id=${ids.upload},${ids.stuck}`)).data.map(nameOf)).toEqual(['stuck', 'upload']);
  });

  it.each([
    {
      case: 'one id out of sight',
      query: () => `filter_task_id=${ids.upload},${ids.unseen}`,
      status: 403,
      code: 'PermissionDenied',
    },
    {
      case: 'one unknown id',
      query: () => `filter_task_id=${ids.upload},${randomUUID()}`,
      status: 403,
      code: 'PermissionDenied',
    },
    {
      case: 'ids with another filter',
      query: () => `filter_task_id=${ids.upload}&filter_status=ACTIVE`,
      status: 400,
      code: 'BadRequest',
    },
    {
      case: '51 ids',
      query: () => `filter_task_id=${Array.from({ length: 51 }, () => randomUUID()).join(',')}`,
      status: 400,
      code: 'BadRequest',
    },
    {
      case: 'finished tasks without a collection',
      query: () => 'filter_status=SUCCEEDED',
      status: 400,
      code: 'BadRequest',
    },
    { case: 'no filter', query: () => '', status: 400, code: 'BadRequest' },
    {
      case: 'a use without a collection',
      query: () => 'filter_status=ACTIVE&filter_endpoint_use=source',
      status: 400,
      code: 'BadRequest',
    },
    {
      case: 'paused among finished tasks',
      query: () => `filter_endpoint=${GUEST}&filter_is_paused=true`,
      status: 400,
      code: 'BadRequest',
    },
    {
      case: 'an unknown status',
      query: () => `filter_endpoint=${GUEST}&filter_status=DONE`,
      status: 400,
      code: 'BadRequest',
    },
    {
      case: 'an unknown owner',
      query: () => `filter_status=ACTIVE&filter_owner_id=${randomUUID()}`,
      status: 404,
      code: 'UserNotFound',
    },
    {
      case: 'a collection without a role',
      query: () => `filter_endpoint=${JASMIN_COLLECTION_ID}`,
      status: 403,
      code: 'PermissionDenied',
    },
    { case: 'a made-up last_key', query: () => 'filter_status=ACTIVE&last_key=x', status: 400, code: 'BadRequest' },
  ])('refuses $case with $status $code', async ({ query, status, code }) => {
    expect(await list(query())).toMatchObject({ status, body: { code } });
  });

  it('takes 50 ids', async () => {
    const query = `filter_task_id=${Array.from({ length: 50 }, () => ids.upload).join(',')}`;
    expect((await list(query)).status).toBe(200);
  });

  it('pages by last_key until has_next_page is false', async () => {
    const seen: unknown[] = [];
    let more = true;
    let lastKey = '';
    while (more) {
      const { body, data } = await list(
        `filter_endpoint=${GUEST}&limit=3${lastKey && `&last_key=${encodeURIComponent(lastKey)}`}`,
      );
      expect(body['limit']).toBe(3);
      expect(body['last_key']).toMatch(/^(active|complete),\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
      seen.push(...data.map(nameOf));
      more = body['has_next_page'] === true;
      lastKey = String(body['last_key']);
    }
    expect(seen).toEqual(['linked', 'stuck', 'download', 'upload']);
  });
});

describe('admin_cancel', () => {
  const cancel = (client: TransferClient, taskIds: string[]) =>
    client.call('POST', 'endpoint_manager/admin_cancel', { task_id_list: taskIds, message: 'Maintenance' });

  it('needs more than activity_monitor', async () => {
    const monitor = await harness.login(MONITOR_ID, 'monitor-secret');
    expect((await monitor.get(`endpoint_manager/task/${ids.stuck}`)).status).toBe(200);
    expect((await cancel(monitor, [ids.stuck])).status).toBe(403);
  });

  it('cancels none when one is out of reach', async () => {
    expect((await cancel(service, [ids.stuck, ids.unseen])).status).toBe(403);
    expect((await researcher.get(`task/${ids.stuck}`)).body['status']).toBe('ACTIVE');
  });

  it('ends the tasks and says by whose side', async () => {
    const reply = await cancel(service, [ids.stuck]);
    expect(reply).toMatchObject({
      status: 200,
      body: { DATA_TYPE: 'admin_cancel', done: true, id: expect.any(Number) },
    });
    expect((await service.get(`endpoint_manager/admin_cancel/${reply.body['id']}`)).body).toMatchObject({ done: true });
    expect((await researcher.get(`task/${ids.stuck}`)).body).toMatchObject({
      status: 'FAILED',
      fatal_error: { code: 'CANCELED' },
      canceled_by_admin: 'DESTINATION',
      canceled_by_admin_message: 'Maintenance',
    });
    expect((await service.get('endpoint_manager/admin_cancel/999')).status).toBe(404);
  });
});
