import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as deleteLeftovers } from '../../functions/http/delete-leftovers.ts';
import { handler as listLeftovers } from '../../functions/http/list-leftovers.ts';
import type { Application } from '../../functions/wiring.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { CURATOR_TOKEN, READER_TOKEN, SERVICE_ACCOUNT } from '../support/fakes/dataverse-accounts.ts';
import { isOnCollection, unreportedUpload } from '../support/leftovers.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

const OPERATOR_TOKEN = 'an-operator';
let world: World;
let identifier: string;
let path: string;
beforeEach(async () => {
  world = createWorld();
  running.application = applicationOf(world);
  world.dataverse.accounts.set(SERVICE_ACCOUNT, { token: OPERATOR_TOKEN });
  [[identifier, path] = ['', '']] = await unreportedUpload(world, 1);
});

const withKey = (key: string | undefined) => (key === undefined ? {} : { headers: { 'X-Dataverse-key': key } });

async function list(query: string, key: string | undefined = CURATOR_TOKEN) {
  const event = anEvent({ path: '/api/globus/leftovers', query, ...withKey(key) });
  return seen(await listLeftovers(event, CONTEXT));
}

async function remove(order: unknown, key: string | undefined = OPERATOR_TOKEN) {
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  const event = anEvent({ method: 'POST', path: '/api/globus/leftovers/delete', body, ...withKey(key) });
  return seen(await deleteLeftovers(event, CONTEXT));
}

describe('the list of leftovers', () => {
  it.each(['persistentId=doi:10.5072/FK2/ILLPXE', 'datasetId=29'])('is given for %s to who may edit', async (query) => {
    const { status, body } = await list(query);
    expect(status).toBe(200);
    const [record] = world.ports.transfers.records();
    const modifiedAt = new Date(world.clock.nowEpochSeconds() * 1000).toISOString();
    expect(body).toEqual({
      status: 'OK',
      totalCount: 1,
      data: [
        {
          storageIdentifier: identifier,
          path,
          sizeBytes: 12,
          modifiedAt,
          transferId: record?.transferId,
          transferState: 'EXPIRED',
          reason: 'It was never reported.',
        },
      ],
    });
    expect(world.clock.nowMilliseconds()).toBeGreaterThan(START_MILLISECONDS);
  });

  it('is given to operators', async () => {
    expect(await list('datasetId=29', OPERATOR_TOKEN)).toMatchObject({
      status: 200,
      body: { totalCount: 1, data: [{ path }] },
    });
  });

  it.each([
    { case: 'nobody', query: 'datasetId=29', key: undefined, status: 401, said: /^Only authenticated users can/ },
    { case: 'an unknown key', query: 'datasetId=29', key: 'x', status: 401, said: /^Bad API key/ },
    { case: 'a reader', query: 'datasetId=29', key: READER_TOKEN, status: 403, said: /^User doesn't have permission/ },
    { case: 'who names no dataset', query: '', key: CURATOR_TOKEN, status: 400, said: /^Expected a dataset,.*none/ },
    {
      case: 'who names it twice',
      query: 'datasetId=29&persistentId=doi:10.5072/FK2/ILLPXE',
      key: CURATOR_TOKEN,
      status: 400,
      said: /^Expected a dataset,.*both/,
    },
    {
      case: 'who names none of numbers',
      query: 'datasetId=x',
      key: CURATOR_TOKEN,
      status: 400,
      said: /^Bad dataset ID/,
    },
    { case: 'who names an unknown one', query: 'datasetId=77', key: CURATOR_TOKEN, status: 404, said: /not found/ },
  ])('is not given to $case', async ({ query, key, status, said }) => {
    const event = anEvent({ path: '/api/globus/leftovers', query, ...withKey(key) });
    const reply = seen(await listLeftovers(event, CONTEXT));
    expect(reply).toEqual({ status, body: { status: 'ERROR', message: expect.stringMatching(said) } });
  });

  it('is not given for a store that is not ours', async () => {
    world.dataverse.storeId = 'another';
    expect(await list('datasetId=29')).toMatchObject({ status: 400 });
  });
});

describe('an order to delete leftovers', () => {
  it.each([
    { case: 'that says nothing of a dry run', order: { datasetId: 29 } },
    { case: 'for a dry run', order: { datasetId: '29', dryRun: true } },
    { case: 'that names them', order: { persistentId: 'doi:10.5072/FK2/ILLPXE', storageIdentifiers: ['IDENTIFIER'] } },
  ])('$case deletes nothing and says what would go', async ({ order }) => {
    const { status, body } = await remove(JSON.stringify(order).replace('IDENTIFIER', identifier));
    expect(status).toBe(200);
    const data = { dryRun: true, taskIdentifier: null, storageIdentifiers: [identifier], refused: [] };
    expect(body).toEqual({ status: 'OK', data });
    expect(isOnCollection(world, path)).toBe(true);
  });

  it('that means it deletes them and names the task of Globus', async () => {
    const { status, body } = await remove({ datasetId: 29, dryRun: false });
    expect(status).toBe(200);
    const taskIdentifier = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const data = { dryRun: false, taskIdentifier, storageIdentifiers: [identifier], refused: [] };
    expect(body).toEqual({ status: 'OK', data });
    expect(isOnCollection(world, path)).toBe(false);
  });

  it.each([
    { case: 'nobody', order: { datasetId: 29, dryRun: false }, key: undefined, status: 401 },
    { case: 'an editor', order: { datasetId: 29, dryRun: false }, key: CURATOR_TOKEN, status: 403 },
    { case: 'who says the dry run wrong', order: { datasetId: 29, dryrun: false }, key: OPERATOR_TOKEN, status: 400 },
    { case: 'who writes false as a text', order: { datasetId: 29, dryRun: 'false' }, key: OPERATOR_TOKEN, status: 400 },
    { case: 'who names no dataset', order: { dryRun: false }, key: OPERATOR_TOKEN, status: 400 },
    { case: 'who sends nothing', order: '', key: OPERATOR_TOKEN, status: 400 },
    { case: 'who sends a list', order: '[]', key: OPERATOR_TOKEN, status: 400 },
    {
      case: 'who names more than a thousand',
      order: { datasetId: 29, dryRun: false, storageIdentifiers: Array.from({ length: 1_001 }, () => 'x') },
      key: OPERATOR_TOKEN,
      status: 400,
    },
    { case: 'who names an unknown dataset', order: { datasetId: 77, dryRun: false }, key: OPERATOR_TOKEN, status: 404 },
  ])('is not taken from $case', async ({ order, key, status }) => {
    const body = typeof order === 'string' ? order : JSON.stringify(order);
    const event = anEvent({ method: 'POST', path: '/api/globus/leftovers/delete', body, ...withKey(key) });
    expect(seen(await deleteLeftovers(event, CONTEXT))).toMatchObject({ status, body: { status: 'ERROR' } });
    expect(isOnCollection(world, path)).toBe(true);
  });
});
