import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ForbiddenError, UnavailableError } from '../../functions/domain/errors.ts';
import { Secret } from '../../functions/domain/secret.ts';
import { httpHandler } from '../../functions/http/http-handler.ts';
import { ok } from '../../functions/http/reply.ts';
import type { Application } from '../../functions/wiring.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, seen } from './application-under-test.ts';
import { anEvent, type RequestParts } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | Error | undefined }));
vi.mock('../../functions/wiring.ts', () => ({
  application: async () => {
    if (running.application instanceof Error) throw running.application;
    return running.application;
  },
}));

let world: World;
beforeEach(() => {
  world = createWorld();
  running.application = applicationOf(world);
});

function answerOf(operation: Parameters<typeof httpHandler>[1], request: RequestParts = {}) {
  return httpHandler('an-operation', operation)(anEvent(request), CONTEXT);
}

describe('an endpoint', () => {
  it('replies what its operation says and logs one line', async () => {
    expect(seen(await answerOf(async (_app, request) => ok(request.path)))).toEqual({
      status: 200,
      body: { status: 'OK', data: '/api/v1/datasets/29/globusUploadParameters' },
    });
    expect(world.logged).toEqual([
      { event: 'request', facts: { requestId: 'request-1', function: 'an-operation', status: 200 } },
    ]);
  });

  it('says so when a reply has more bytes than Lambda carries', async () => {
    // Some 5.5 MB of JSON, with 1.2 million quotation marks that take a second byte inside of Lambda's own JSON.
    const most = Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`${index}`, 'a path']));
    const { status, body } = seen(await answerOf(async () => ok(most)));
    expect({ status, body }).toMatchObject({ status: 400, body: { status: 'ERROR' } });
    expect(JSON.stringify(body)).toMatch(/has \d+ bytes, and 6200000 can be carried/);
    expect(world.logged).toMatchObject([{ event: 'request-refused', facts: { status: 400 } }]);
  });

  it('turns an error of ours into its reply and logs its details', async () => {
    const reply = await answerOf(async () => {
      throw new ForbiddenError('Not yours.', { details: { datasetId: '29' } });
    });
    expect(seen(reply)).toEqual({ status: 403, body: { status: 'ERROR', message: 'Not yours.' } });
    expect(world.logged).toMatchObject([{ event: 'request-refused', facts: { status: 403, datasetId: '29' } }]);
  });

  it('hides any other error behind a 500 and logs it', async () => {
    const thrown = new TypeError('canary');
    const reply = await answerOf(async () => {
      throw thrown;
    });
    expect(reply.statusCode).toBe(500);
    expect(JSON.stringify(reply)).not.toContain('canary');
    expect(world.logged).toMatchObject([{ event: 'request-failed', facts: { status: 500, error: thrown } }]);
  });

  it.each([
    { case: 'has a fault', thrown: new Error('The configuration has a fault: canary'), status: 500 },
    { case: 'cannot be read now', thrown: new UnavailableError('The secret cannot be read.'), status: 503 },
  ])('answers also when its configuration $case', async ({ thrown, status }) => {
    running.application = thrown;
    const reply = await answerOf(async () => ok('never'));
    expect(reply.statusCode).toBe(status);
    expect(JSON.stringify(reply)).not.toContain('canary');
  });

  it.each(['x-globus-functions-hop', 'X-Globus-Functions-Hop'])(
    'refuses a request that it has sent itself, told by %s, before anything else happens',
    async (name) => {
      const operation = vi.fn(async () => ok('never'));
      const reply = await answerOf(operation, { headers: { [name]: '1' } });
      expect(seen(reply)).toMatchObject({ status: 508, body: { status: 'ERROR' } });
      expect(seen(reply).body).toMatchObject({ message: expect.stringContaining('DATAVERSE_URL leads back') });
      expect(operation).not.toHaveBeenCalled();
    },
  );

  it('refuses a body that is too large before anything else happens', async () => {
    const operation = vi.fn(async () => ok('never'));
    expect((await answerOf(operation, { method: 'POST', body: 'x'.repeat(4_500_001) })).statusCode).toBe(413);
    expect(operation).not.toHaveBeenCalled();
  });

  it('puts no secret of an error into its reply', async () => {
    const reply = await answerOf(async () => {
      throw new UnavailableError(`Dataverse refused ${new Secret('canary')}.`, {
        details: { key: new Secret('canary') },
      });
    });
    expect(JSON.stringify(reply)).not.toContain('canary');
  });
});
