import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../functions/http/globus-upload-parameters.ts';
import type { ForwardedReply, ForwardedRequest } from '../../functions/ports/dataverse.ts';
import type { Application } from '../../functions/wiring.ts';
import { createWorld, type World } from '../support/world.ts';
import { applicationOf, CONTEXT, SITE_URL, seen } from './application-under-test.ts';
import { anEvent } from './requests.ts';

const running = vi.hoisted(() => ({ application: undefined as Application | undefined }));
vi.mock('../../functions/wiring.ts', () => ({ application: async () => running.application }));

let world: World;
let forwarded: ForwardedRequest[];
beforeEach(() => {
  world = createWorld();
  running.application = applicationOf(world);
  forwarded = [];
});

const PATH = '/api/v1/datasets/29/globusUploadParameters';

function answerOf(signature: string) {
  const signedUrl = `${SITE_URL}/api/v1/datasets/29/addGlobusFiles${signature}`;
  return {
    status: 'OK',
    data: {
      queryParameters: { datasetId: 29, managed: 'true' },
      signedUrls: [{ name: 'addGlobusFiles', httpMethod: 'POST', signedUrl, timeOut: 5 }],
    },
  };
}
const SIGNED = answerOf('?until=2031-02-03T04:05:06.789&user=curator&method=POST&token=ab');

async function answerWhenDataverseSays(body: unknown, status = 200, headers: Record<string, string> = {}) {
  world.dataverse.forward = async (request): Promise<ForwardedReply> => {
    forwarded.push(request);
    return { status, headers, body: Buffer.from(JSON.stringify(body)) };
  };
  const event = anEvent({ path: PATH, query: 'locale=en&key=a%2Fkey', headers: { 'X-A': 'b' }, id: '29' });
  const reply = await handler(event, CONTEXT);
  return { ...seen(reply), headers: reply.headers };
}

describe('asking for the parameters of an upload', () => {
  it('asks Dataverse the same as the same caller, and replaces the URLs of our calls', async () => {
    const { status, body } = await answerWhenDataverseSays(SIGNED);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: {
        queryParameters: SIGNED.data.queryParameters,
        signedUrls: [{ signedUrl: expect.stringMatching(/\/29\/addGlobusFiles\?kid=.+&user=curator&/), timeOut: 300 }],
      },
    });
    expect(forwarded).toEqual([{ method: 'GET', target: `${PATH}?locale=en&key=a%2Fkey`, headers: { 'x-a': 'b' } }]);
  });

  it.each([
    { case: 'a refusal', said: { status: 'ERROR', message: 'Bad API key' }, status: 401 },
    { case: 'a refusal that looks like an answer', said: SIGNED, status: 403 },
    { case: 'an answer without signatures, for who has no token', said: answerOf(''), status: 200 },
    {
      case: 'an answer for references',
      said: { status: 'OK', data: { queryParameters: { managed: 'false' } } },
      status: 200,
    },
  ])("passes Dataverse's answer on as it came: $case", async ({ said, status }) => {
    expect(await answerWhenDataverseSays(said, status, { 'content-type': 'application/x-own' })).toEqual({
      status,
      body: said,
      headers: { 'content-type': 'application/x-own' },
    });
  });

  it('leaves the URLs of a store that is not ours to Dataverse', async () => {
    world.dataverse.storageDriver = async () => 'another';
    expect(await answerWhenDataverseSays(SIGNED)).toMatchObject({ status: 200, body: SIGNED });
  });
});
