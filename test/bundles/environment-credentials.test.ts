import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../infra/bundling/stand-ins/environment-credentials.ts';

/** The environment of a function, with these credentials in it. */
function environmentWith(accessKeyId?: string, secretAccessKey?: string, sessionToken?: string): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
}

afterEach(() => vi.unstubAllEnvs());

describe('the credentials of a bundled function', () => {
  it('are those of its environment, with the session token that AWS demands of a role', async () => {
    environmentWith('an id', 'a key', 'a token');
    const credentials = { accessKeyId: 'an id', secretAccessKey: 'a key', sessionToken: 'a token' };
    expect(await defaultProvider()()).toEqual(credentials);
  });

  it('have no session token where there is none', async () => {
    environmentWith('an id', 'a key');
    expect(await defaultProvider()()).toStrictEqual({ accessKeyId: 'an id', secretAccessKey: 'a key' });
  });

  it.each([
    { case: 'no id', given: [undefined, 'a key'] },
    { case: 'no key', given: ['an id', undefined] },
  ])('are none with $case', async ({ given: [accessKeyId, secretAccessKey] }) => {
    environmentWith(accessKeyId, secretAccessKey, 'a token');
    await expect(defaultProvider()()).rejects.toThrow('the environment holds no AWS credentials');
  });
});
