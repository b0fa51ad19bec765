import { auth, request, transfer } from '@globus/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MANAGED_COLLECTION_ID as GUEST,
  RESEARCHER_ID,
  SERVICE_ID,
} from '../../../infra/local/simulators/globus/fixture.ts';
import { type Harness, startHarness, TRANSFER_SCOPE } from './globus-harness.ts';

const SERVICES = ['GLOBUS_SDK_SERVICE_URL_AUTH', 'GLOBUS_SDK_SERVICE_URL_TRANSFER'] as const;
const nativeFetch = { fetch: { options: { __callable: globalThis.fetch } } };

let harness: Harness;
let headers: { Authorization: string };
beforeAll(async () => {
  harness = await startHarness();
  for (const name of SERVICES) process.env[name] = `${harness.url}/`;
  const reply = await auth.oauth2.token.token({
    payload: { grant_type: 'client_credentials', scope: TRANSFER_SCOPE } as never,
    headers: { Authorization: `Basic ${Buffer.from(`${SERVICE_ID}:service-secret`).toString('base64')}` },
  });
  const { access_token: accessToken } = (await reply.json()) as unknown as { access_token: string };
  headers = { Authorization: `Bearer ${accessToken}` };
});
afterAll(async () => {
  for (const name of SERVICES) delete process.env[name];
  await harness.close();
});

describe('@globus/sdk', () => {
  const payload = {
    DATA_TYPE: 'access' as const,
    principal_type: 'identity' as const,
    principal: RESEARCHER_ID,
    path: '/hdc1/sdk/',
    permissions: 'rw' as const,
  };

  it('makes a directory', async () => {
    const make = () => transfer.fileOperations.mkdir(GUEST, { payload: { path: '/hdc1/sdk/' }, headers }, nativeFetch);
    expect(await (await make()).json()).toMatchObject({ code: 'DirectoryCreated' });
    const again = await make();
    expect(again.headers.get('x-transfer-api-error')).toBe('ExternalError.MkdirFailed.Exists');
  });

  it('creates, lists and removes an access rule', async () => {
    const created = await transfer.access.create(GUEST, { payload: payload as never, headers }, nativeFetch);
    const { access_id: ruleId } = (await created.json()) as unknown as { access_id: string };
    expect(created.status).toBe(201);
    const listed = await (await transfer.access.getAll(GUEST, { headers }, nativeFetch)).json();
    expect(listed.DATA.map((each) => each.id)).toContain(ruleId);
    const statuses = [];
    for (let round = 0; round < 2; round += 1)
      statuses.push(
        (await transfer.access.remove({ endpoint_xid: GUEST, id: ruleId }, { headers }, nativeFetch)).status,
      );
    expect(statuses).toEqual([200, 404]);
  });

  it('lists tasks as a manager through the low-level call', async () => {
    const reply = await request(
      { service: 'TRANSFER', path: '/v0.10/endpoint_manager/task_list' } as never,
      { query: { filter_endpoint: GUEST, filter_status: ['ACTIVE', 'INACTIVE'] as never }, headers },
      nativeFetch,
    );
    expect(await reply.json()).toMatchObject({ DATA_TYPE: 'task_list', DATA: [], has_next_page: false });
  });
});
