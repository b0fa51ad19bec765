import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../functions/domain/secret.ts';
import type { ActingAs } from '../../../functions/ports/dataverse.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';
import { type DataverseUnderTest, dataverseUnderTest, failure, ok } from './dataverse-under-test.ts';

let under: DataverseUnderTest;
beforeEach(async () => {
  under = await dataverseUnderTest();
});
afterEach(() => under.server.close());

const TOKEN = 'canary.oidc-token_1';
const AS_BEARER: ActingAs = { kind: 'bearer', token: new Secret(TOKEN) };

describe('a bearer token', () => {
  it('is sent as one, beside no key', async () => {
    under.server.plan('GET /', ok({ identifier: '@jdoe', superuser: false }));
    expect((await under.dataverse.whoIs(AS_BEARER)).userName).toBe('jdoe');
    const [request] = under.server.requests;
    expect(request?.headers['authorization']).toBe(`Bearer ${TOKEN}`);
    expect(request?.headers['x-dataverse-key']).toBeUndefined();
  });

  it.each([
    { reply: failure(401, `bad token ${TOKEN}`), name: 'UnauthenticatedError' },
    { reply: failure(403, 'Bearer token is validated, but there is no linked user account.'), name: 'ForbiddenError' },
    { reply: failure(400, 'User with token null not found.'), name: 'NoAccountError' },
    { reply: failure(500, `broken by ${TOKEN}`), name: 'UnavailableError' },
  ])('that is refused ends in $name and is never shown', async ({ reply, name }) => {
    under.server.plan('GET /', reply);
    const error = await errorOf(under.dataverse.whoIs(AS_BEARER));
    expect(error.name).toBe(name);
    expect(everythingIn(error) + under.logged()).not.toContain('canary');
  });

  it.each(['', 'a b', 'a\r\nx-evil: 1', 'größe'])(
    'that cannot be a header, as %j, is refused without a call',
    async (text) => {
      const error = await errorOf(under.dataverse.whoIs({ kind: 'bearer', token: new Secret(text) }));
      expect(error.name).toBe('UnauthenticatedError');
      expect(under.server.requests).toEqual([]);
    },
  );
});
