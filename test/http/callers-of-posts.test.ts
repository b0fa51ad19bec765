import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatasetId } from '../../functions/domain/ids.ts';
import { handler as addGlobusFiles } from '../../functions/http/add-globus-files.ts';
import { handler as requestGlobusUploadPaths } from '../../functions/http/request-globus-upload-paths.ts';
import type { ForwardedRequest } from '../../functions/ports/dataverse.ts';
import type { Application } from '../../functions/wiring.ts';
import { DATASET, PRINCIPAL, TASK } from '../support/builders.ts';
import { CURATOR_BEARER } from '../support/fakes/dataverse-accounts.ts';
import { createWorld, grant, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, SIGNING_KEYS, seen } from './application-under-test.ts';
import { anEvent, jsonDataForm } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

const KEY_ID = SIGNING_KEYS.keys[0]?.keyId;
const SIGNED = 'until=2031-02-03T04:05:06.789&user=curator&method=POST&token=ab';
const BEARER = { Authorization: `Bearer ${CURATOR_BEARER}` };

let world: World;
let identifiers: string[];
let forwarded: ForwardedRequest[];
/** What Dataverse says to whatever is passed on to it. */
let reply: { status: number; message: string };

beforeEach(async () => {
  world = createWorld();
  running.application = applicationOf(world);
  identifiers = (await grant(world.ports)).map(([identifier]) => identifier);
  world.globus.submit(TASK);
  forwarded = [];
  world.dataverse.forward = async (request) => {
    forwarded.push(request);
    const body = Buffer.from(JSON.stringify({ status: 'ERROR', message: reply.message }));
    return { status: reply.status, headers: {}, body };
  };
});

interface Caller {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const CALLS = {
  requestGlobusUploadPaths: async ({ query = '', headers = {} }: Caller) => {
    const body = JSON.stringify({ principal: PRINCIPAL, numberOfFiles: 1 });
    const path = '/api/v1/datasets/29/requestGlobusUploadPaths';
    return seen(
      await requestGlobusUploadPaths(anEvent({ method: 'POST', path, id: '29', query, headers, body }), CONTEXT),
    );
  },
  addGlobusFiles: async ({ query = '', headers = {} }: Caller) => {
    const files = identifiers.map((storageIdentifier) => ({ storageIdentifier, fileName: 'a.dat' }));
    const form = jsonDataForm(JSON.stringify({ taskIdentifier: TASK, files }));
    const path = '/api/v1/datasets/29/addGlobusFiles';
    const parts = { method: 'POST', path, id: '29', query, body: form.body, headers: { ...form.headers, ...headers } };
    return seen(await addGlobusFiles(anEvent(parts), CONTEXT));
  },
} as const;
type Operation = keyof typeof CALLS;
const OPERATIONS = Object.keys(CALLS) as Operation[];

/** Besides the grant that each test begins with. */
function expectNothingHappened(): void {
  expect(world.ports.transfers.records()).toMatchObject([{ state: 'GRANTED', report: null, bound: null }]);
  expect(world.globus.rules).toHaveLength(1);
  expect(world.dataverse.lockList).toEqual([]);
  expect(world.ports.claims.items()).toEqual([]);
}

describe.each(OPERATIONS)('%s', (operation) => {
  const call = CALLS[operation];

  it.each(['curator', 'nobody'])(
    'is refused alike for a forged URL of ours, and with nothing asked, whoever it names: %s',
    async (user) => {
      const asked = vi.spyOn(world.dataverse, 'datasetPermissions');
      const until = '2031-02-03T04:05:06.789';
      for (const kid of [KEY_ID, '00000000']) {
        const query = `kid=${kid}&until=${until}&user=${user}&method=POST&token=${'0'.repeat(128)}`;
        expect(await call({ query })).toEqual({ status: 401, body: { status: 'ERROR', message: 'Bad signed URL' } });
      }
      expect(asked).not.toHaveBeenCalled();
      expectNothingHappened();
    },
  );

  it('is answered to who brings an OIDC token that Dataverse knows', async () => {
    expect((await call({ headers: BEARER })).status).toBe(200);
    expect(forwarded).toEqual([]);
  });

  it.each([
    { case: 'an OIDC token', headers: BEARER, query: '' },
    { case: 'a URL that Dataverse signed', headers: {}, query: SIGNED },
  ])('is refused for a key that Dataverse does not know, also beside $case', async ({ headers, query }) => {
    const caller = { query, headers: { ...headers, 'X-Dataverse-key': 'unknown' } };
    expect(await call(caller)).toEqual({ status: 401, body: { status: 'ERROR', message: 'Bad API key' } });
    expect(forwarded).toEqual([]);
    expectNothingHappened();
  });

  it('is refused for an OIDC token that Dataverse does not know, in its words', async () => {
    expect(await call({ headers: { authorization: 'Bearer unknown' } })).toEqual({
      status: 401,
      body: { status: 'ERROR', message: 'Unauthorized bearer token.' },
    });
    expectNothingHappened();
  });

  it('is refused to the visitor of a private URL in the words that Dataverse has for it here', async () => {
    world.dataverse.accounts.privateUrls.set('preview-token', DATASET as DatasetId);
    const [status, message] =
      operation === 'addGlobusFiles'
        ? [403, 'The API key is invalid.']
        : [401, 'Only authenticated users can perform the requested operation'];
    const headers = { 'X-Dataverse-key': 'preview-token' };
    expect(await call({ headers })).toEqual({ status, body: { status: 'ERROR', message } });
    expectNothingHappened();
  });

  describe('with a URL that Dataverse signed', () => {
    it('is answered once Dataverse has proven it, which never sees the body', async () => {
      reply = { status: 400, message: 'in words of no meaning here' };
      expect((await call({ query: SIGNED })).status).toBe(200);
      expect(forwarded).toMatchObject([{ method: 'POST', target: `/api/v1/datasets/29/${operation}?${SIGNED}` }]);
      const sent = Buffer.from(forwarded[0]?.body ?? '').toString('utf8');
      expect(sent).not.toMatch(/principal|jsonData|taskIdentifier/);
    });

    it('brings none of its other credentials before Dataverse', async () => {
      reply = { status: 400, message: 'in words of no meaning here' };
      await call({ query: SIGNED, headers: { ...BEARER, Cookie: 'JSESSIONID=1', 'X-Dataverse-invocationID': 'abc' } });
      expect(Object.keys(forwarded[0]?.headers ?? {}).sort()).toEqual(['accept', 'content-type']);
    });

    it('is refused to a user who may not edit the dataset, though the signature is good', async () => {
      reply = { status: 400, message: 'in words of no meaning here' };
      expect(await call({ query: SIGNED.replace('curator', 'reader') })).toEqual({
        status: 403,
        body: { status: 'ERROR', message: "User doesn't have permission to upload to this dataset" },
      });
      expectNothingHappened();
    });

    it.each([
      { case: 'when Dataverse does', reply: { status: 401, message: 'Bad signed URL' }, query: SIGNED },
      { case: 'with two users in it', reply: { status: 400, message: '' }, query: `user=admin&${SIGNED}` },
    ])('is refused $case', async ({ query, ...says }) => {
      reply = says.reply;
      expect(await call({ query })).toEqual({ status: 401, body: { status: 'ERROR', message: 'Bad signed URL' } });
      expectNothingHappened();
    });

    it('is to be repeated while Dataverse proves nothing', async () => {
      reply = { status: 500, message: 'Internal server error.' };
      expect((await call({ query: SIGNED })).status).toBe(503);
      expectNothingHappened();
    });

    it("goes to Dataverse as it came when the dataset's store is not ours", async () => {
      world.dataverse.storeId = 'local';
      reply = { status: 202, message: 'from Dataverse' };
      expect((await call({ query: SIGNED })).status).toBe(202);
      expect(forwarded).toHaveLength(1);
      expect(Buffer.from(forwarded[0]?.body ?? '').toString('utf8')).toMatch(/principal|jsonData/);
    });
  });
});
