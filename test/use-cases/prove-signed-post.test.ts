import { describe, expect, it } from 'vitest';
import type { ForwardedReply, ForwardedRequest } from '../../functions/ports/dataverse.ts';
import { proveSignedPost } from '../../functions/use-cases/prove-signed-post.ts';
import { createWorld } from '../support/world.ts';

const QUERY = 'until=2031-02-03T04:05:06.789&user=curator&method=POST&token=bd5c86ec&dvLocale=en';

/** What Dataverse answers with, and everything it was sent. */
function worldWhere(status: number, body: unknown) {
  const world = createWorld();
  const sent: ForwardedRequest[] = [];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  world.dataverse.forward = async (request): Promise<ForwardedReply> => {
    sent.push(request);
    return { status, headers: {}, body: Buffer.from(text) };
  };
  const prove = (operation: string, rawQuery = QUERY) =>
    proveSignedPost(world.ports, { operation, rawQuery, target: `/api/v1/datasets/29/${operation}?${rawQuery}` });
  return { world, sent, prove };
}

const refusal = (message: string) => ({ status: 'ERROR', message });
const CURATOR = { kind: 'user', userName: 'curator' };
const NO_ACCOUNT = 'Only authenticated users can perform the requested operation';

describe('a POST that Dataverse signed', () => {
  it.each([
    {
      operation: 'requestGlobusUploadPaths',
      status: 400,
      message: 'Error retrieving principal and numberOfFiles from JSON request body',
    },
    {
      operation: 'requestGlobusUploadPaths',
      status: 403,
      message: "User doesn't have permission to upload to this dataset",
    },
    { operation: 'addGlobusFiles', status: 400, message: 'Error parsing json body' },
    {
      operation: 'addGlobusFiles',
      status: 403,
      message: 'Dataset :persistentId is locked: Dataset cannot be edited due to dataset lock.',
    },
    {
      operation: 'requestGlobusDownload',
      status: 400,
      message: 'fileIds JsonArray of file ids/PIDs required in POST body',
    },
  ])('to $operation is proven by $status $message', async ({ operation, status, message }) => {
    const { prove } = worldWhere(status, refusal(message));
    expect(await prove(operation)).toEqual(CURATOR);
  });

  it.each([
    { operation: 'requestGlobusUploadPaths', contentType: 'application/json', body: '{}' },
    { operation: 'requestGlobusDownload', contentType: 'application/json', body: '{}' },
    { operation: 'addGlobusFiles', contentType: 'multipart/form-data; boundary=probe', body: undefined },
  ])(
    'to $operation is asked about once, at the same target, with a body of no effect and no other credential',
    async ({ operation, contentType, body }) => {
      const { prove, sent } = worldWhere(400, refusal('fileIds JsonArray of file ids/PIDs required in POST body'));
      await prove(operation);
      expect(sent).toEqual([
        {
          method: 'POST',
          target: `/api/v1/datasets/29/${operation}?${QUERY}`,
          headers: { accept: 'application/json', 'content-type': contentType },
          body: expect.anything(),
        },
      ]);
      const text = Buffer.from(sent[0]?.body ?? '').toString('utf8');
      if (body !== undefined) expect(text).toBe(body);
      else expect(text).not.toContain('jsonData');
    },
  );

  it('is asked about with a form that is one, and has no part of that name', async () => {
    const { prove, sent } = worldWhere(400, refusal('Error parsing json body'));
    await prove('addGlobusFiles');
    const [request] = sent;
    const headers = { 'content-type': request?.headers['content-type'] ?? '' };
    const form = await new Response(Buffer.from(request?.body ?? ''), { headers }).formData();
    expect([...form.keys()]).toEqual(['nothing']);
  });

  const REFUSED = [401, 'Bad signed URL', 'UnauthenticatedError', 'Bad signed URL'] as const;
  it.each<{ operation: string; reply: readonly [number, string, string, string] }>([
    { operation: 'requestGlobusUploadPaths', reply: REFUSED },
    { operation: 'addGlobusFiles', reply: REFUSED },
    { operation: 'requestGlobusDownload', reply: REFUSED },
    { operation: 'requestGlobusUploadPaths', reply: [401, NO_ACCOUNT, 'NoAccountError', NO_ACCOUNT] },
    {
      operation: 'addGlobusFiles',
      reply: [403, 'The API key is invalid.', 'ForbiddenError', 'The API key is invalid.'],
    },
    {
      operation: 'addGlobusFiles',
      reply: [404, 'Dataset with ID 29 not found.', 'NotFoundError', 'Dataset with ID 29 not found.'],
    },
  ])('to $operation is refused by $reply', async ({ operation, reply: [status, message, name, said] }) => {
    const { prove } = worldWhere(status, refusal(message));
    await expect(prove(operation)).rejects.toMatchObject({ name, message: said });
  });

  it.each([
    { case: 'a success', status: 200, body: { status: 'OK', data: {} } },
    { case: 'an exception', status: 500, body: { ...refusal('Internal server error.'), code: 500 } },
    { case: 'an exception that is a 400', status: 400, body: { ...refusal('Bad request'), code: 400 } },
    { case: "a proxy's page", status: 400, body: '<html>Bad Request</html>' },
    { case: 'nothing', status: 400, body: '' },
    { case: 'a word', status: 400, body: '"ERROR"' },
    { case: 'null', status: 400, body: 'null' },
    { case: 'a 400 that says OK', status: 400, body: { status: 'OK', message: 'well' } },
    { case: 'a firewall', status: 403, body: refusal('Request blocked.') },
    { case: 'a switched-off upload', status: 503, body: refusal('File upload via Globus is not available') },
    { case: 'a redirect', status: 302, body: '' },
  ])('is neither believed nor refused for good after $case', async ({ status, body }) => {
    for (const operation of ['requestGlobusUploadPaths', 'addGlobusFiles']) {
      const { prove } = worldWhere(status, body);
      await expect(prove(operation)).rejects.toMatchObject({ name: 'UnavailableError' });
    }
  });

  it('to requestGlobusDownload is believed for no other 400, since guests get those as well', async () => {
    const { prove } = worldWhere(400, refusal('All files must be in the dataset'));
    await expect(prove('requestGlobusDownload')).rejects.toMatchObject({ name: 'UnavailableError' });
  });

  it.each([
    {
      case: 'monitorGlobusDownload, which starts a job whatever its body',
      operation: 'monitorGlobusDownload',
      query: QUERY,
    },
    { case: 'a call that every object has', operation: 'constructor', query: QUERY },
    { case: 'an encoded name', operation: 'addGlobusFile%73', query: QUERY },
    { case: 'two users', operation: 'addGlobusFiles', query: `user=admin&${QUERY}` },
    { case: 'a downloadId', operation: 'requestGlobusDownload', query: `downloadId=1&${QUERY}` },
    { case: 'a downloadId behind its token', operation: 'requestGlobusDownload', query: `${QUERY}&downloadId=1` },
    { case: 'a downloadId with an encoded name', operation: 'requestGlobusDownload', query: `${QUERY}&%64ownloadId=1` },
  ])('is refused without asking Dataverse for $case', async ({ operation, query }) => {
    const { prove, sent } = worldWhere(400, refusal('fileIds JsonArray of file ids/PIDs required in POST body'));
    await expect(prove(operation, query)).rejects.toMatchObject({
      name: 'UnauthenticatedError',
      message: expect.stringMatching(/^Bad signed URL/),
    });
    expect(sent).toEqual([]);
  });

  it('with a downloadId is told what to do instead', async () => {
    const { prove } = worldWhere(400, refusal(''));
    await expect(prove('requestGlobusDownload', `downloadId=1&${QUERY}`)).rejects.toThrow(
      /ask globusDownloadParameters again/,
    );
  });
});
