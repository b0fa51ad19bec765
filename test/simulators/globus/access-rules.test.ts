import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as COLLECTION,
  COLLECTION_OWNER_ID,
  fixtureWorld,
  PERSONAL_COLLECTION_ID,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import type { GlobusWorld } from '../../../infra/local/simulators/globus/world.ts';
import { type Harness, type Json, startHarness, type TransferClient } from './globus-harness.ts';

const SWEEPER_ID = 'c0ffee00-0000-4000-8000-000000000003';
const world: GlobusWorld = {
  identities: [
    ...fixtureWorld.identities,
    { id: SWEEPER_ID, username: 'sweeper', name: 'Sweeper', email: 's@example.org', clientSecret: 'sweeper-secret' },
  ],
  collections: fixtureWorld.collections.map((each) =>
    each.id === COLLECTION
      ? {
          ...each,
          roles: [
            ...each.roles,
            {
              id: 'c0ffee00-0000-4000-8000-0000000000a3',
              principal: SWEEPER_ID,
              role: 'restricted_administrator' as const,
            },
          ],
        }
      : each,
  ),
};

let harness: Harness;
let service: TransferClient;
let researcher: TransferClient;
beforeAll(async () => {
  harness = await startHarness({ world });
  service = await harness.login(SERVICE_ID);
  researcher = await harness.login(RESEARCHER_ID);
});
afterAll(() => harness.close());

const rule = (members: Json = {}): Json => ({
  DATA_TYPE: 'access',
  principal_type: 'identity',
  principal: RESEARCHER_ID,
  path: '/hdc1/a/',
  permissions: 'rw',
  ...members,
});
const create = (members: Json, client = service) => client.call('POST', `endpoint/${COLLECTION}/access`, rule(members));

describe('creating an access rule', () => {
  it('answers 201 with the id of the rule', async () => {
    const reply = await create({ path: '/hdc1/created/' });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        DATA_TYPE: 'access_create_result',
        code: 'Created',
        message: 'Access rule created successfully.',
        resource: `/endpoint/${COLLECTION}/access`,
      },
    });
    const read = await service.get(`endpoint/${COLLECTION}/access/${reply.body['access_id']}`);
    expect(read).toMatchObject({
      status: 200,
      body: {
        DATA_TYPE: 'access',
        id: reply.body['access_id'],
        principal: RESEARCHER_ID,
        path: '/hdc1/created/',
        permissions: 'rw',
        role_id: null,
        expiration_date: null,
      },
    });
  });

  it('takes a rule without DATA_TYPE, as the JavaScript SDK sends it', async () => {
    expect((await create({ path: '/hdc1/plain/', DATA_TYPE: undefined })).status).toBe(201);
  });

  it.each([
    { case: 'a path that does not begin with a slash', members: { path: 'hdc1/a/' }, status: 400, code: 'InvalidPath' },
    { case: 'a path that does not end with a slash', members: { path: '/hdc1/a' }, status: 400, code: 'InvalidPath' },
    { case: 'a path with /../', members: { path: '/hdc1/../' }, status: 400, code: 'InvalidPath' },
    { case: 'a path with /./', members: { path: '/hdc1/./a/' }, status: 400, code: 'InvalidPath' },
    {
      case: 'a path of more than 2000 encoded characters',
      members: { path: `/${'é'.repeat(334)}/` },
      status: 400,
      code: 'InvalidPath',
    },
    { case: 'a missing path', members: { path: undefined }, status: 400, code: 'InvalidPath' },
    { case: 'unknown permissions', members: { permissions: 'w' }, status: 400, code: 'BadRequest' },
    { case: 'an unknown principal type', members: { principal_type: 'user' }, status: 400, code: 'BadRequest' },
    { case: 'a principal that is no UUID', members: { principal: 'ada' }, status: 400, code: 'BadRequest' },
    { case: 'a date that is none', members: { expiration_date: 'soon' }, status: 400, code: 'BadRequest' },
  ])('refuses $case with $code', async ({ members, status, code }) => {
    const reply = await create(members);
    expect(reply).toMatchObject({ status, body: { code, message: expect.any(String) } });
    expect(reply.headers.get('x-transfer-api-error')).toBe(code);
  });

  it('refuses a second rule for the same principal and path, whatever its permissions', async () => {
    await create({ path: '/hdc1/twice/' });
    expect(await create({ path: '/hdc1/twice/', permissions: 'r' })).toMatchObject({
      status: 409,
      body: { code: 'Exists' },
    });
    expect((await create({ path: '/hdc1/twice/', principal: SECOND_RESEARCHER_ID })).status).toBe(201);
  });

  it('refuses one rule more than the collection may hold', async () => {
    const { data } = await service.get(`endpoint/${COLLECTION}/access_list`);
    await harness.control('POST', 'rule-limit', { value: data.filter((each) => each['id'] !== null).length + 1 });
    expect((await create({ path: '/hdc1/last/' })).status).toBe(201);
    expect(await create({ path: '/hdc1/over/' })).toMatchObject({ status: 409, body: { code: 'LimitExceeded' } });
    await harness.control('POST', 'rule-limit', { value: 1000 });
    expect((await create({ path: '/hdc1/over/' })).status).toBe(201);
  });
});

describe('who may work on rules', () => {
  it.each([
    { case: 'someone without a role', who: RESEARCHER_ID, secret: undefined, create: 403, list: 403, remove: 403 },
    { case: 'an access manager', who: SERVICE_ID, secret: undefined, create: 201, list: 200, remove: 200 },
    {
      case: 'a restricted administrator',
      who: SWEEPER_ID,
      secret: 'sweeper-secret',
      create: 403,
      list: 200,
      remove: 200,
    },
  ])(
    'lets $case create ($create), list ($list) and delete ($remove)',
    async ({ who, secret, create: mayCreate, list, remove }) => {
      const client = await harness.login(who, secret);
      const ruleId = await harness.grant(SECOND_RESEARCHER_ID, `/hdc1/by-hand/${who}/`, 'r');
      expect({
        create: (await create({ path: `/hdc1/own/${who}/` }, client)).status,
        list: (await client.get(`endpoint/${COLLECTION}/access_list`)).status,
        remove: (await client.call('DELETE', `endpoint/${COLLECTION}/access/${ruleId}`)).status,
      }).toEqual({ create: mayCreate, list, remove });
    },
  );

  it('knows no rules on a personal collection', async () => {
    const reply = await researcher.get(`endpoint/${PERSONAL_COLLECTION_ID}/access_list`);
    expect(reply).toMatchObject({ status: 409, body: { code: 'NotSupported' } });
  });

  it('does not find an unknown collection', async () => {
    const reply = await service.get('endpoint/00000000-0000-4000-8000-000000000000/access_list');
    expect(reply).toMatchObject({ status: 404, body: { code: 'EndpointNotFound' } });
  });
});

describe('reading, changing and deleting', () => {
  it('lists the rules, and the managers with id null', async () => {
    const ruleId = await harness.grant(RESEARCHER_ID, '/hdc1/listed/', 'r');
    const { body, data } = await service.get(`endpoint/${COLLECTION}/access_list`);
    expect(body).toMatchObject({ DATA_TYPE: 'access_list', endpoint: COLLECTION, length: data.length });
    expect(data).toContainEqual(expect.objectContaining({ id: ruleId, path: '/hdc1/listed/', permissions: 'r' }));
    expect(data.filter((each) => each['id'] === null)).toEqual([
      expect.objectContaining({
        principal: SERVICE_ID,
        path: '/',
        permissions: 'rw',
        role_type: 'access_manager',
        role_id: expect.any(String),
      }),
    ]);
  });

  it('changes permissions and nothing else', async () => {
    const ruleId = await harness.grant(RESEARCHER_ID, '/hdc1/changed/', 'r');
    const reply = await service.call('PUT', `endpoint/${COLLECTION}/access/${ruleId}`, {
      permissions: 'rw',
      path: '/other/',
    });
    expect(reply).toMatchObject({
      status: 200,
      body: {
        DATA_TYPE: 'result',
        code: 'Updated',
        message: `Access rule '${ruleId}' permissions updated successfully`,
      },
    });
    expect((await service.get(`endpoint/${COLLECTION}/access/${ruleId}`)).body).toMatchObject({
      permissions: 'rw',
      path: '/hdc1/changed/',
    });
  });

  it('deletes once, then says AccessRuleNotFound', async () => {
    const ruleId = await harness.grant(RESEARCHER_ID, '/hdc1/deleted/', 'r');
    const path = `endpoint/${COLLECTION}/access/${ruleId}`;
    expect(await service.call('DELETE', path)).toMatchObject({
      status: 200,
      body: { DATA_TYPE: 'result', code: 'Deleted', message: `Access rule '${ruleId}' deleted successfully` },
    });
    for (const [method, body] of [['DELETE'], ['GET'], ['PUT', { permissions: 'r' }]] as const)
      expect(await service.call(method, path, body)).toMatchObject({
        status: 404,
        body: { code: 'AccessRuleNotFound' },
      });
  });

  it('lets a rule go when its date has come', async () => {
    const at = new Date(harness.clock.nowMilliseconds() + 3_600_000).toISOString();
    const { body } = await create({ path: '/hdc1/expiring/', expiration_date: at });
    const path = `endpoint/${COLLECTION}/access/${body['access_id']}`;
    expect((await service.get(path)).body['expiration_date']).toBe(`${at.slice(0, 19)}+00:00`);
    harness.clock.shift(3_601_000);
    expect((await service.get(path)).status).toBe(404);
  });
});

describe('an endpoint document', () => {
  it.each([
    { who: SERVICE_ID, roles: ['access_manager', 'activity_manager'] },
    { who: RESEARCHER_ID, roles: [] },
  ])('shows the roles $roles to $who', async ({ who, roles }) => {
    const { body } = await (await harness.login(who)).get(`endpoint/${COLLECTION}`);
    expect(body).toMatchObject({
      DATA_TYPE: 'endpoint',
      id: COLLECTION,
      entity_type: 'GCSv5_guest_collection',
      owner_id: COLLECTION_OWNER_ID,
      acl_available: true,
      gcp_connected: null,
      my_effective_roles: roles,
    });
  });

  it('shows a personal collection to its owner only', async () => {
    const path = `endpoint/${PERSONAL_COLLECTION_ID}`;
    expect((await researcher.get(path)).body).toMatchObject({
      entity_type: 'GCP_mapped_collection',
      gcp_connected: true,
      acl_available: false,
      my_effective_roles: ['administrator'],
    });
    expect(await service.get(path)).toMatchObject({ status: 403, body: { code: 'PermissionDenied' } });
  });
});
