import { beforeEach, describe, expect, it, vi } from 'vitest';
import { asUserName, type TransferId } from '../../functions/domain/ids.ts';
import { handler as cancel } from '../../functions/http/cancel-transfer.ts';
import { handler as list } from '../../functions/http/list-transfers.ts';
import { handler as release } from '../../functions/http/release-transfer.ts';
import { handler as retry } from '../../functions/http/retry-transfer.ts';
import { handler as show } from '../../functions/http/show-transfer.ts';
import type { Application } from '../../functions/wiring.ts';
import { aRecord, TASK, TRANSFER } from '../support/builders.ts';
import { CURATOR_BEARER, CURATOR_TOKEN, READER, READER_TOKEN } from '../support/fakes/dataverse-accounts.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent, type RequestParts } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

const OPERATOR_TOKEN = 'a key of an operator';
const ANOTHER_EDITOR = "another editor's key";
const OF_READER = '29-18b49d36001' as TransferId;
const OF_GUEST = '29-18b49d36002' as TransferId;
const PERSISTENT_ID = 'doi:10.5072/FK2/ILLPXE';
let world: World;

beforeEach(async () => {
  world = createWorld();
  running.application = applicationOf(world);
  world.dataverse.accounts.set(asUserName('admin'), { isSuperuser: true, token: OPERATOR_TOKEN });
  world.dataverse.accounts.set(asUserName('other'), { isEditor: true, token: ANOTHER_EDITOR });
  await world.ports.transfers.reserve(aRecord());
  await world.ports.transfers.reserve(aRecord({ transferId: OF_READER, userName: READER, state: 'EXPIRED' }));
  await world.ports.transfers.reserve(aRecord({ transferId: OF_GUEST, userName: asUserName(':guest') }));
});

const ON_ONE = { show, cancel, retry, release };
const STEERING = { cancel, retry, release };

async function ask(handler: typeof list, key: string | undefined, parts: RequestParts = {}, transferId?: string) {
  const headers = { ...(key ? { 'X-Dataverse-key': key } : {}), ...parts.headers };
  const event = anEvent({ path: '/api/globus/transfers', ...parts, headers });
  const reply = await handler({ ...event, ...(transferId ? { pathParameters: { transferId } } : {}) }, CONTEXT);
  return seen(reply) as {
    readonly status: number;
    readonly body: { data: never; message: string; next: string | null };
  };
}

const listedIds = (body: { readonly data: readonly { readonly transferId: string }[] }) =>
  body.data.map(({ transferId }) => transferId);

describe('a list of transfers', () => {
  it.each([{ query: `persistentId=${PERSISTENT_ID}` }, { query: 'datasetId=29' }])(
    'by $query shows an editor all of the dataset, newest first',
    async ({ query }) => {
      const { status, body } = await ask(list, CURATOR_TOKEN, { query });
      expect(status).toBe(200);
      expect(listedIds(body)).toEqual([TRANSFER, OF_GUEST, OF_READER]);
      expect(body).toMatchObject({
        status: 'OK',
        next: null,
        data: [{ persistentId: PERSISTENT_ID, state: 'GRANTED', direction: 'upload', userName: 'curator' }, {}, {}],
      });
    },
  );

  it('shows others their own', async () => {
    expect(listedIds((await ask(list, READER_TOKEN, { query: 'datasetId=29' })).body)).toEqual([OF_READER]);
  });

  it('is paged', async () => {
    const first = await ask(list, CURATOR_TOKEN, { query: 'datasetId=29&limit=2' });
    expect(first.body.next).toBe(OF_GUEST);
    const second = await ask(list, CURATOR_TOKEN, { query: `datasetId=29&limit=2&before=${first.body.next}` });
    expect([listedIds(second.body), second.body.next]).toEqual([[OF_READER], null]);
  });

  it('without a dataset shows operators what is open, and tells others what to give', async () => {
    expect(listedIds((await ask(list, OPERATOR_TOKEN)).body)).toEqual([TRANSFER, OF_GUEST]);
    expect(await ask(list, CURATOR_TOKEN)).toMatchObject({ status: 400, body: { message: /persistentId=/ } });
  });

  it('takes an OIDC token as well, and the key in the query', async () => {
    const headers = { authorization: `Bearer ${CURATOR_BEARER}` };
    expect((await ask(list, undefined, { query: 'datasetId=29', headers })).status).toBe(200);
    expect((await ask(list, undefined, { query: `datasetId=29&key=${CURATOR_TOKEN}` })).status).toBe(200);
  });

  it.each([
    ['datasetId=29&limit=0', 400, /limit: expected a whole number from 1 to 1000/],
    ['datasetId=29&limit=1001', 400, /limit/],
    ['datasetId=29&limit=ten', 400, /limit/],
    ['datasetId=29&before=x', 400, /transferId/],
    ['datasetId=29&before=30-18b49d3688c', 400, /before/],
    ['datasetId=29&persistentId=doi:1', 400, /got both/],
    ['datasetId=x', 400, /Bad dataset ID number/],
    ['datasetId=31', 404, /not found/i],
    ['persistentId=doi:10.5072/NONE', 404, /not found/i],
  ])('refuses %s with %i', async (query, status, message) => {
    expect(await ask(list, CURATOR_TOKEN, { query })).toMatchObject({ status, body: { message } });
  });

  it('shows an operator also the transfers of a dataset that is gone', async () => {
    world.dataverse.datasets.splice(0);
    expect(listedIds((await ask(list, OPERATOR_TOKEN, { query: 'datasetId=29' })).body)).toHaveLength(3);
  });
});

describe('callers', () => {
  it.each(Object.keys(ON_ONE))('without a token are turned away from %s', async (name) => {
    const handler = ON_ONE[name as keyof typeof ON_ONE];
    for (const key of [undefined, 'no such key']) {
      expect(await ask(handler, key, {}, TRANSFER)).toMatchObject({ status: 401, body: { status: 'ERROR' } });
    }
    expect((await ask(list, undefined)).status).toBe(401);
  });

  it.each(Object.keys(ON_ONE))(
    'learn of %s with 404 that there is no such transfer, with 400 that it is none',
    async (name) => {
      const handler = ON_ONE[name as keyof typeof ON_ONE];
      expect((await ask(handler, CURATOR_TOKEN, {}, '29-18b49d36009')).status).toBe(404);
      expect((await ask(handler, CURATOR_TOKEN, {}, 'none')).status).toBe(400);
    },
  );

  it('see a transfer when it is theirs, when they may edit its dataset, and as operators', async () => {
    expect((await ask(show, READER_TOKEN, {}, OF_READER)).status).toBe(200);
    expect((await ask(show, ANOTHER_EDITOR, {}, OF_READER)).status).toBe(200);
    expect((await ask(show, OPERATOR_TOKEN, {}, OF_READER)).status).toBe(200);
    expect((await ask(show, READER_TOKEN, {}, TRANSFER)).status).toBe(403);
  });

  it.each(Object.keys(STEERING))('may %s what is theirs, and operators everything; editors may not', async (name) => {
    const handler = STEERING[name as keyof typeof STEERING];
    const refused = [403, 401];
    expect((await ask(handler, ANOTHER_EDITOR, {}, TRANSFER)).status).toBe(403);
    expect((await ask(handler, READER_TOKEN, {}, TRANSFER)).status).toBe(403);
    expect((await ask(handler, CURATOR_TOKEN, {}, OF_GUEST)).status).toBe(403);
    expect(refused).not.toContain((await ask(handler, CURATOR_TOKEN, {}, TRANSFER)).status);
    expect(refused).not.toContain((await ask(handler, OPERATOR_TOKEN, {}, OF_GUEST)).status);
  });
});

describe('steering', () => {
  it.each(['cancel', 'release'] as const)('by %s needs no body, and answers how the transfer stands', async (name) => {
    const { status, body } = await ask(STEERING[name], CURATOR_TOKEN, { method: 'POST' }, TRANSFER);
    expect(status).toBe(200);
    expect(body.data).toEqual({ transferId: TRANSFER, state: 'GRANTED', message: expect.stringContaining('lease') });
  });

  it('says with 409 what cannot be', async () => {
    const closed = aRecord({ transferId: '29-18b49d36003' as TransferId, state: 'CLOSED' });
    await world.ports.transfers.reserve(closed);
    for (const handler of [cancel, release, retry]) {
      const { status } = await ask(handler, CURATOR_TOKEN, { method: 'POST' }, closed.transferId);
      expect(status).toBe(409);
    }
  });

  it.each([
    ['nothing', '', 400, /was never reported/],
    ['an empty object', '{}', 400, /was never reported/],
    ['no JSON', '{', 400, /Error parsing json body/],
    ['a list', '[]', 400, /expected nothing, or/],
    ['files without a task', '{"files":[]}', 400, /no task/],
    ['a task that is no UUID', '{"taskIdentifier":"x"}', 400, /taskIdentifier/],
    ['a task that Globus does not know', `{"taskIdentifier":"${TASK}"}`, 404, /Globus has no task/],
  ])('by retry told %s answers %s with %i', async (_what, body, status, message) => {
    const answer = await ask(retry, CURATOR_TOKEN, { method: 'POST', body }, TRANSFER);
    expect(answer).toMatchObject({ status, body: { message } });
  });
});

describe('one transfer', () => {
  it('is shown with its files, page by page', async () => {
    const { body } = await ask(show, CURATOR_TOKEN, { query: 'start=1&limit=1' }, TRANSFER);
    expect(body).toMatchObject({ status: 'OK', data: { files: { total: 2, start: 1, limit: 1, results: [{}] } } });
    expect((await ask(show, CURATOR_TOKEN, { query: 'limit=1001' }, TRANSFER)).status).toBe(400);
    expect((await ask(show, CURATOR_TOKEN, { query: 'start=-1' }, TRANSFER)).status).toBe(400);
  });
});
