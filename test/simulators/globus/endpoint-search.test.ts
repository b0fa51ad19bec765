import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHER2_COLLECTION_ID as ARCHER2,
  COLLECTION_OWNER_ID,
  fixtureWorld,
  MANAGED_COLLECTION_ID as GUEST,
  JASMIN_COLLECTION_ID as JASMIN,
  PERSONAL_COLLECTION_ID as PERSONAL,
  RESEARCHER_ID,
  SECOND_RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import type { GlobusWorld } from '../../../infra/local/simulators/globus/world.ts';
import { type Harness, type Json, startHarness, type TransferClient } from './globus-harness.ts';

const MORE = Array.from({ length: 150 }, (_, index) => `0a1b2c3d-0000-4000-8000-${String(index).padStart(12, '0')}`);
const world: GlobusWorld = {
  ...fixtureWorld,
  collections: [
    ...fixtureWorld.collections,
    ...MORE.map((id, index) => ({
      id,
      displayName: `Shelf ${index}`,
      entityType: 'GCSv5_guest_collection' as const,
      ownerId: COLLECTION_OWNER_ID,
      isPublic: true,
      subscriptionId: null,
      aclAvailable: true,
      defaultDirectory: '/',
      roles: [],
      seed: [],
    })),
  ],
};

let harness: Harness;
let researcher: TransferClient;
let second: TransferClient;
let service: TransferClient;
beforeAll(async () => {
  harness = await startHarness({ world });
  researcher = await harness.login(RESEARCHER_ID);
  second = await harness.login(SECOND_RESEARCHER_ID);
  service = await harness.login(SERVICE_ID);
});
afterAll(() => harness.close());

const idsOf = (data: readonly Json[]) => data.map((each) => each['id']);
const found = async (client: TransferClient, query: string) =>
  idsOf((await client.get(`endpoint_search?${query}`)).data);

describe('endpoint_search', () => {
  it("shows the transfer app the researcher's own computer", async () => {
    const { status, body, data } = await researcher.get('endpoint_search?filter_scope=my-gcp-endpoints');
    expect(status).toBe(200);
    expect(body).toMatchObject({ DATA_TYPE: 'endpoint_list', limit: 100, offset: 0, has_next_page: false });
    expect(data).toMatchObject([
      { DATA_TYPE: 'endpoint', id: PERSONAL, display_name: "Researcher's workstation", gcp_connected: true },
    ]);
    expect(await found(second, 'filter_scope=my-gcp-endpoints')).toEqual([]);
  });

  it('remembers which collections were used, the latest first', async () => {
    expect(await found(second, 'filter_scope=recently-used')).toEqual([]);
    await harness.consent(SECOND_RESEARCHER_ID, ARCHER2, JASMIN);
    const across = await second.submit([['/archive', '/transfers/a', true]], {
      source_endpoint: ARCHER2,
      destination_endpoint: JASMIN,
    });
    await second.waitForStatus(across, 'SUCCEEDED');
    const stuck = await second.submit([['/archive', '/hdc1/a', true]], {
      source_endpoint: ARCHER2,
      destination_endpoint: GUEST,
    });
    expect(await found(second, 'filter_scope=recently-used')).toEqual([ARCHER2, GUEST, JASMIN]);
    expect(await found(second, 'filter_scope=in-use')).toEqual([ARCHER2, GUEST]);
    await second.call('POST', `task/${stuck}/cancel`);
    expect(await found(second, 'filter_scope=in-use')).toEqual([]);
  });

  it('shows a guest collection as shared while a rule lets someone in', async () => {
    expect(await found(researcher, 'filter_scope=shared-with-me')).toEqual([]);
    const ruleId = await harness.grant(RESEARCHER_ID, '/hdc1/', 'r');
    expect(await found(researcher, 'filter_scope=shared-with-me')).toEqual([GUEST]);
    expect(await found(researcher, 'filter_scope=hide-no-permissions')).toEqual([GUEST, PERSONAL, ARCHER2, JASMIN]);
    await harness.control('DELETE', `rules/${ruleId}`);
    expect(await found(researcher, 'filter_scope=shared-with-me')).toEqual([]);
  });

  it.each([
    { query: 'filter_fulltext=managed storage', expected: [GUEST] },
    { query: 'filter_fulltext=ARCHER2', expected: [ARCHER2] },
    { query: `filter_fulltext=${JASMIN}`, expected: [JASMIN] },
    { query: 'filter_fulltext=workstation', expected: [] },
    { query: 'filter_fulltext=storage&filter_entity_type=GCSv5_mapped_collection', expected: [ARCHER2, JASMIN] },
    { query: `filter_fulltext=dataverse&filter_owner_id=${COLLECTION_OWNER_ID}`, expected: [GUEST] },
    { query: `filter_fulltext=dataverse&filter_owner_id=${RESEARCHER_ID}`, expected: [] },
    { query: 'filter_fulltext=dataverse&filter_host_endpoint=c0ffee00-0000-4000-8000-0000000000e1', expected: [GUEST] },
    { query: 'filter_scope=my-endpoints', expected: [] },
    { query: 'filter_scope=administered-by-me', expected: [] },
    { query: 'filter_scope=shared-by-me', expected: [] },
  ])('finds for a stranger by $query what is public and fits', async ({ query, expected }) => {
    expect(await found(second, query)).toEqual(expected);
  });

  it('shows a hundred at once, and says when there are more', async () => {
    const first = await service.get('endpoint_search?filter_fulltext=shelf&limit=500');
    expect(first.body).toMatchObject({ limit: 100, has_next_page: true });
    const rest = await service.get('endpoint_search?filter_fulltext=shelf&offset=100');
    expect(rest.body).toMatchObject({ offset: 100, has_next_page: false });
    expect([...idsOf(first.data), ...idsOf(rest.data)]).toEqual(MORE);
  });

  it.each([
    { case: 'scope all without words', query: '' },
    { case: 'an unknown scope', query: 'filter_scope=everything' },
    { case: 'more than a thousand results', query: 'filter_fulltext=shelf&offset=950' },
  ])('refuses $case', async ({ query }) => {
    expect(await service.get(`endpoint_search?${query}`)).toMatchObject({ status: 400, body: { code: 'BadRequest' } });
  });
});

describe('role_list', () => {
  it('names the owner and everyone with a role, to whoever has one', async () => {
    const { status, body } = await service.get(`endpoint/${GUEST}/role_list`);
    expect(status).toBe(200);
    expect(body).toEqual({
      DATA_TYPE: 'role_list',
      DATA: [
        { role: 'administrator', principal: COLLECTION_OWNER_ID },
        { role: 'access_manager', principal: SERVICE_ID },
        { role: 'activity_manager', principal: SERVICE_ID },
      ].map((role) => ({
        ...role,
        DATA_TYPE: 'role',
        principal_type: 'identity',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })),
    });
  });

  it('shows one role by its id', async () => {
    const [, role] = (await service.get(`endpoint/${GUEST}/role_list`)).data;
    expect((await service.get(`endpoint/${GUEST}/role/${role?.['id']}`)).body).toEqual(role);
    expect(await service.get(`endpoint/${GUEST}/role/${SERVICE_ID}`)).toMatchObject({
      status: 404,
      body: { code: 'RoleNotFound' },
    });
  });

  it.each([
    { case: 'someone without a role', id: GUEST, status: 403, code: 'PermissionDenied' },
    { case: 'a collection nobody knows', id: SERVICE_ID, status: 404, code: 'EndpointNotFound' },
  ])('is refused for $case', async ({ id, status, code }) => {
    expect(await researcher.get(`endpoint/${id}/role_list`)).toMatchObject({ status, body: { code } });
  });
});
