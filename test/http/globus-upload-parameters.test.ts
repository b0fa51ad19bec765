import { beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '../../functions/domain/errors.ts';
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
    expect(forwarded[0]).toEqual({ method: 'GET', target: `${PATH}?locale=en&key=a%2Fkey`, headers: { 'x-a': 'b' } });
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

describe('how many files the dataset may still get', () => {
  const LIMITS = { status: 'OK', data: { uploadLimits: { numberOfFilesRemaining: 20, storageQuotaRemaining: 5 } } };
  const LIMITS_PATH = '/api/v1/datasets/29/uploadlimits';

  /** The parameters that a caller gets, when the second question is answered like this. */
  async function parametersOf(
    caller: { readonly query?: string; readonly headers?: Record<string, string> },
    answer: () => Promise<ForwardedReply>,
  ) {
    world.dataverse.forward = async (request): Promise<ForwardedReply> => {
      forwarded.push(request);
      if (request.target === LIMITS_PATH) return answer();
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(SIGNED)) };
    };
    const reply = seen(await handler(anEvent({ path: PATH, id: '29', ...caller }), CONTEXT));
    expect(reply.status).toBe(200);
    return (reply.body as typeof SIGNED).data.queryParameters;
  }
  const answered = (status: number, body: unknown) => async (): Promise<ForwardedReply> => {
    return { status, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
  };

  it.each([
    { case: 'the key of a header', caller: { headers: { 'X-Dataverse-key': 'k' } }, sent: { 'x-dataverse-key': 'k' } },
    { case: 'the key of the query', caller: { query: 'key=k' }, sent: { 'x-dataverse-key': 'k' } },
    {
      case: 'an OIDC token',
      caller: { headers: { Authorization: 'Bearer t' } },
      sent: { authorization: 'Bearer t' },
    },
  ])('is told when Dataverse tells the caller, who is asked about with $case alone', async ({ caller, sent }) => {
    expect(await parametersOf(caller, answered(200, LIMITS))).toEqual({
      ...SIGNED.data.queryParameters,
      remainingFiles: 20,
    });
    expect(forwarded[1]).toEqual({ method: 'GET', target: LIMITS_PATH, headers: sent });
  });

  it('is not asked for when Dataverse signed the URL, which is good for its own call only', async () => {
    const query = 'until=2031-02-03T04:05:06.789&user=curator&method=GET&token=ab';
    expect(await parametersOf({ query }, answered(200, LIMITS))).toEqual(SIGNED.data.queryParameters);
    expect(forwarded).toHaveLength(1);
  });

  it.each([
    { case: 'has no such call', answer: answered(404, { status: 'ERROR', code: 404 }) },
    { case: 'sets no limit of files', answer: answered(200, { status: 'OK', data: { uploadLimits: {} } }) },
    { case: 'answers something else', answer: answered(200, '<html>') },
    {
      case: 'does not answer',
      answer: async () => {
        throw new UnavailableError('Dataverse gave no answer.');
      },
    },
  ])('is left out when Dataverse $case', async ({ answer }) => {
    expect(await parametersOf({ query: 'key=k' }, answer)).toEqual(SIGNED.data.queryParameters);
  });
});

describe('a GET with a signature of Dataverse’s that names no user', () => {
  it('is refused here, since Dataverse would answer it with 500; an API token outranks it', async () => {
    world.dataverse.forward = async (): Promise<ForwardedReply> => ({
      status: 500,
      headers: {},
      body: Buffer.from('{}'),
    });
    const query = 'until=2031-02-03T04:05:06.789&method=GET&token=ab';
    const answerTo = async (headers: Record<string, string>) =>
      seen(await handler(anEvent({ path: PATH, query, headers, id: '29' }), CONTEXT));
    expect(await answerTo({})).toEqual({ status: 401, body: { status: 'ERROR', message: 'Bad signed URL' } });
    expect(await answerTo({ 'x-dataverse-key': 'a-key' })).toMatchObject({ status: 500 });
  });
});
