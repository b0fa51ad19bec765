import { beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
import { handler } from '../../functions/http/request-globus-upload-paths.ts';
import type { ForwardedRequest } from '../../functions/ports/dataverse.ts';
import type { Application } from '../../functions/wiring.ts';
import { COLLECTION } from '../support/builders.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

let world: World;
let forwarded: ForwardedRequest[];

/** Dataverse as it is: it mints an identifier for whatever begins with an allowed place. */
beforeEach(() => {
  world = createWorld();
  running.application = applicationOf(world);
  world.dataverse.storeId = 'globus';
  world.dataverse.referencePlaces = [`${COLLECTION}/hdc1/pub`];
  forwarded = [];
  world.dataverse.forward = async (request) => {
    forwarded.push(request);
    const { referencedFiles } = JSON.parse(Buffer.from(request.body ?? '').toString('utf8'));
    const data = Object.fromEntries(
      referencedFiles.map((each: string, index: number) => [
        each,
        `globusref://1a2b3c4d5e6-00ff11ee22d${index % 10}//${each}`,
      ]),
    );
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ status: 'OK', data })) };
  };
});

async function refer(...paths: string[]) {
  const body = JSON.stringify({ referencedFiles: paths.map((path) => `${COLLECTION}${path}`) });
  const path = '/api/v1/datasets/31/requestGlobusUploadPaths';
  const headers = { 'X-Dataverse-key': 'a-key', 'content-type': 'application/json' };
  // biome-ignore lint/suspicious/noExplicitAny: looked into by the tests, which know its shape
  return seen(await handler(anEvent({ method: 'POST', path, id: '29', headers, body }), CONTEXT)) as any;
}

describe('asking to refer to files', () => {
  it("is answered in Dataverse's words, and with what is known of each file", async () => {
    world.globus.storedFiles.set(`${COLLECTION}/hdc1/pub/a.dat`, 123);
    const { status, body } = await refer('/hdc1/pub/a.dat');
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'OK',
      data: { [`${COLLECTION}/hdc1/pub/a.dat`]: `globusref://1a2b3c4d5e6-00ff11ee22d0//${COLLECTION}/hdc1/pub/a.dat` },
      verification: { [`${COLLECTION}/hdc1/pub/a.dat`]: { verified: true, sizeBytes: 123 } },
    });
    expect(forwarded).toMatchObject([{ headers: { 'x-dataverse-key': 'a-key' } }]);
  });

  it.each([
    '/hdc1/pub2/a.dat',
    '/hdc1/pub/../private/a.dat',
    '/hdc1/pub//a.dat',
    '/hdc1/pub/%2e%2e/private/a.dat',
    '/hdc1/pub/．．/private/a.dat',
  ])('is refused for %s, which Dataverse itself lets pass, though others beside it are in order', async (path) => {
    world.globus.storedFiles.set(`${COLLECTION}/hdc1/pub/a.dat`, 123);
    expect(await refer('/hdc1/pub/a.dat', path)).toEqual({
      status: 400,
      body: { status: 'ERROR', message: `Referenced file ${COLLECTION}${path} is not in an allowed endpoint/path` },
    });
  });

  it.each([
    { case: 'is not there', path: '/hdc1/pub/none.dat', said: 'does not exist on the collection' },
    { case: 'is a directory', path: '/hdc1/pub/run1', said: 'is not a file on the collection' },
  ])('is refused for what $case', async ({ path, said }) => {
    world.globus.storedFiles.set(`${COLLECTION}/hdc1/pub/run1/a.dat`, 1);
    const message = `Referenced file ${COLLECTION}${path} ${said}`;
    expect(await refer(path)).toEqual({ status: 400, body: { status: 'ERROR', message } });
  });

  it('says of files that nobody of ours may see that they are not verified, and why', async () => {
    world.globus.unreadable.add(COLLECTION);
    const { status, body } = await refer('/hdc1/pub/a.dat');
    expect([status, Object.values(body.verification)]).toEqual([
      200,
      [{ verified: false, reason: 'PermissionDenied' }],
    ]);
  });

  it('refuses nothing while Globus does not answer', async () => {
    world.globus.findFile = async () => {
      throw new UnavailableError('Globus does not answer.');
    };
    const { body } = await refer('/hdc1/pub/a.dat');
    expect(Object.values(body.verification)).toEqual([{ verified: false, reason: 'Globus does not answer.' }]);
  });

  it('looks for the first 200 files, twenty at a time, and says of the others that nobody looked', async () => {
    let now = 0;
    let most = 0;
    let looks = 0;
    world.globus.findFile = async () => {
      most = Math.max(most, ++now);
      looks++;
      await Promise.resolve();
      now--;
      return { kind: 'file', sizeBytes: 1 };
    };
    const { body } = await refer(...Array.from({ length: 203 }, (_, index) => `/hdc1/pub/${index}.dat`));
    const found = Object.values<{ verified: boolean }>(body.verification);
    expect([looks, most, found.length, found.filter((each) => each.verified).length]).toEqual([200, 20, 203, 200]);
    expect(found.at(-1)).toMatchObject({ verified: false, reason: expect.stringMatching(/^Not looked at/) });
  });

  it('begins no look after twelve seconds', async () => {
    world.globus.findFile = async () => {
      world.clock.advance(6_000);
      return { kind: 'file', sizeBytes: 1 };
    };
    const paths = Array.from({ length: 30 }, (_, index) => `/hdc1/pub/${index}.dat`);
    const { status, body } = await refer(...paths);
    const verified = Object.values<{ verified: boolean }>(body.verification).map((each) => each.verified);
    expect([status, verified.length, verified.includes(false)]).toEqual([200, 30, true]);
  });

  it('leaves no rule and no record', async () => {
    world.globus.storedFiles.set(`${COLLECTION}/hdc1/pub/a.dat`, 123);
    await refer('/hdc1/pub/a.dat');
    expect([world.globus.rules, world.ports.transfers.records(), world.started]).toEqual([[], [], []]);
  });

  it.each([
    { case: 'a refusal', status: 400, text: '{"status":"ERROR","message":"No referencedFiles specified"}' },
    { case: 'the paths of a managed store', status: 200, text: '{"status":"OK","data":{"x://1":"/hdc1/a"}}' },
    { case: 'what is no JSON', status: 200, text: 'OK' },
    { case: 'an answer without data', status: 200, text: '{"status":"OK"}' },
  ])('passes $case on as Dataverse sent it', async ({ status, text }) => {
    world.dataverse.forward = async () => ({ status, headers: { 'x-from': 'Dataverse' }, body: Buffer.from(text) });
    world.dataverse.referenceEndpoints = async () => {
      throw new Error('nobody needs to know');
    };
    const event = anEvent({ method: 'POST', path: '/api/datasets/29/requestGlobusUploadPaths', id: '29', body: '{}' });
    const reply = await handler(event, CONTEXT);
    expect(reply).toMatchObject({ statusCode: status, headers: { 'x-from': 'Dataverse' } });
    expect(Buffer.from(reply.body ?? '', 'base64').toString('utf8')).toBe(text);
  });

  it('is not answered while Dataverse does not say where references are allowed', async () => {
    world.dataverse.referenceEndpoints = async () => {
      throw new UnavailableError('Dataverse does not answer.');
    };
    expect((await refer('/hdc1/pub/a.dat')).status).toBe(503);
  });
});
