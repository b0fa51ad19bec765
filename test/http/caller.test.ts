import { describe, expect, it } from 'vitest';
import { UnauthenticatedError } from '../../functions/domain/errors.ts';
import { signUrl, untilAfter } from '../../functions/domain/signed-url.ts';
import { credentialOf } from '../../functions/http/caller.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { createWorld } from '../support/world.ts';
import { applicationOf, SIGNING_KEYS, SITE_URL } from './application-under-test.ts';
import { aRequest, type RequestParts } from './requests.ts';

const DATAVERSE_SIGNED = 'until=2031-02-03T04:05:06.789&user=curator&method=POST&token=ab';

/** The request that a client makes with one of our URLs. */
function signedRequest(
  user = 'curator',
  operation = 'addGlobusFiles',
): Required<Pick<RequestParts, 'query'>> & RequestParts {
  const path = `/api/v1/datasets/29/${operation}`;
  const until = untilAfter(START_MILLISECONDS, 5);
  const call = { method: 'POST', operation, datasetId: '29', user, until, downloadId: null };
  const url = signUrl(SIGNING_KEYS, `${SITE_URL}${path}`, call);
  return { method: 'POST', path, query: url.slice(url.indexOf('?') + 1), id: '29' };
}

/** Who calls, as `key:<token>`, `bearer:<token>`, `user:<name>` or undefined. */
async function callerOf(request: RequestParts, world = createWorld()): Promise<string | undefined> {
  const credential = await credentialOf(applicationOf(world), aRequest(request));
  if (credential?.kind === 'key' || credential?.kind === 'bearer') {
    return `${credential.kind}:${credential.token.reveal()}`;
  }
  return credential?.kind === 'user' ? `user:${credential.userName}` : credential?.kind;
}

describe('the caller of a request', () => {
  it.each<{ case: string; request: RequestParts; expected: string | undefined }>([
    { case: 'by a key in the header', request: { headers: { 'X-Dataverse-key': 'one' } }, expected: 'key:one' },
    { case: 'by a key in the query', request: { query: 'locale=en&key=two' }, expected: 'key:two' },
    {
      case: 'by the key in the header, which goes before that in the query',
      request: { headers: { 'x-dataverse-key': 'one' }, query: 'key=two' },
      expected: 'key:one',
    },
    { case: 'by one of our URLs', request: signedRequest(), expected: 'user:curator' },
    {
      case: 'by one of our URLs without the version in its path',
      request: { ...signedRequest(), path: '/api/datasets/29/addGlobusFiles' },
      expected: 'user:curator',
    },
    {
      case: 'by one of our URLs for a user with signs',
      request: signedRequest('o’neill+1@x'),
      expected: 'user:o’neill+1@x',
    },
    {
      case: 'by one of our URLs to which the client appended another user',
      request: { ...signedRequest(), query: `${signedRequest().query}&user=admin` },
      expected: 'user:curator',
    },
    {
      case: 'by one of our URLs whose parameters stand in another order, which says the same',
      request: { ...signedRequest(), query: signedRequest().query.replace(/(user=[^&]+)&(method=[^&]+)/, '$2&$1') },
      expected: 'user:curator',
    },
    {
      case: 'by a key, which goes before one of our URLs',
      request: { ...signedRequest(), headers: { 'x-dataverse-key': 'one' } },
      expected: 'key:one',
    },
    {
      case: 'by an OIDC token',
      request: { headers: { Authorization: 'Bearer a.b-c_d' } },
      expected: 'bearer:a.b-c_d',
    },
    {
      case: 'by an OIDC token, however its scheme is written',
      request: { headers: { authorization: 'bearer  abc ' } },
      expected: 'bearer:abc',
    },
    {
      case: 'by a key, which goes before an OIDC token',
      request: { headers: { 'x-dataverse-key': 'one', authorization: 'Bearer abc' } },
      expected: 'key:one',
    },
    {
      case: 'by one of our URLs, which goes before an OIDC token',
      request: { ...signedRequest(), headers: { authorization: 'Bearer abc' } },
      expected: 'user:curator',
    },
    {
      case: 'not at all by an OIDC token beside a URL that Dataverse signed, which goes before it',
      request: { query: DATAVERSE_SIGNED, headers: { authorization: 'Bearer abc' } },
      expected: undefined,
    },
    {
      case: 'not at all by another scheme',
      request: { headers: { authorization: 'Basic Y3VyYXRvcjpwdw==' } },
      expected: undefined,
    },
    {
      case: 'not at all by an empty OIDC token',
      request: { headers: { authorization: 'Bearer ' } },
      expected: undefined,
    },
    { case: 'not at all without a credential', request: {}, expected: undefined },
    { case: 'not at all with an empty key', request: { headers: { 'x-dataverse-key': '' } }, expected: undefined },
    {
      case: "not at all by a URL that Dataverse signed, which is Dataverse's to check",
      request: { query: DATAVERSE_SIGNED },
      expected: undefined,
    },
    {
      case: 'not at all by what a proxy says of it',
      request: { headers: { 'X-Forwarded-User': 'admin', 'X-Remote-User': 'admin', Host: 'localhost' } },
      expected: undefined,
    },
  ])('is known $case', async ({ request, expected }) => {
    expect(await callerOf(request)).toBe(expected);
  });

  const signed = signedRequest();
  it.each<{ case: string; request: RequestParts }>([
    { case: 'its user altered', request: { ...signed, query: signed.query.replace('user=curator', 'user=admin') } },
    { case: 'its signature altered', request: { ...signed, query: `${signed.query.slice(0, -3)}000` } },
    { case: 'a parameter put in front', request: { ...signed, query: `user=admin&${signed.query}` } },
    {
      case: 'another dataset in the path',
      request: { ...signed, id: '30', path: '/api/v1/datasets/30/addGlobusFiles' },
    },
    {
      case: 'another dataset in its query',
      request: { ...signed, id: ':persistentId', path: '/api/v1/datasets/:persistentId/addGlobusFiles' },
    },
    { case: 'another call', request: { ...signed, path: '/api/v1/datasets/29/requestGlobusUploadPaths' } },
    { case: 'another method', request: { ...signed, method: 'GET' } },
    {
      case: 'its user twice',
      request: { ...signed, query: `user=curator&${signed.query}` },
    },
    {
      case: 'its call led to by encoded dots',
      request: { ...signed, path: '/api/v1/datasets/29/requestGlobusUploadPaths/%2e%2e/addGlobusFile%73' },
    },
    { case: 'its call in another case', request: { ...signed, path: '/api/v1/datasets/29/addglobusfiles' } },
    { case: 'its dataset with a nought in front', request: { ...signed, id: '029' } },
    {
      case: 'an OIDC token beside a forged signature',
      request: { ...signed, query: `${signed.query.slice(0, -3)}000`, headers: { authorization: 'Bearer abc' } },
    },
  ])('is refused as Dataverse does when one of our URLs has $case', async ({ request }) => {
    await expect(callerOf(request)).rejects.toThrow(UnauthenticatedError);
    await expect(callerOf(request)).rejects.toThrow(/^Bad signed URL$/);
  });

  it('is refused when one of our URLs is over', async () => {
    const world = createWorld();
    world.clock.advance((5 * 60 + 61) * 1000);
    await expect(callerOf(signed, world)).rejects.toThrow(/^Bad signed URL$/);
  });

  it('is the same at a second use of one of our URLs, whose effect is the same too', async () => {
    const world = createWorld();
    expect([await callerOf(signed, world), await callerOf(signed, world)]).toEqual(['user:curator', 'user:curator']);
  });
});
