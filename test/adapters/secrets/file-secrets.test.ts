import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSecrets } from '../../../functions/adapters/secrets/file-secrets.ts';
import {
  describePastedSecretsContract,
  describeSecretsContract,
  type SecretsUnderTest,
} from '../../contracts/secrets.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { errorOf, everythingIn } from '../adapter-parts.ts';

async function emptyFolder(): Promise<{ folder: string; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'file-secrets-'));
  return { folder, path: join(folder, 'secrets.json') };
}

async function secretsInFile(): Promise<SecretsUnderTest> {
  const { folder, path } = await emptyFolder();
  return {
    secrets: createFileSecrets(path),
    async store(values) {
      const before = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'));
      await writeFile(path, JSON.stringify({ ...before, ...values }));
    },
    breakStore: () => writeFile(path, '{"globus/service": "first-va'),
    close: () => rm(folder, { recursive: true }),
  };
}

describeSecretsContract('a file', secretsInFile);
describePastedSecretsContract('a file', secretsInFile);

describe('secrets in a file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    ({ folder, path } = await emptyFolder());
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes up a change of the file after a minute, not before', async () => {
    const clock = createManualClock(0);
    const secrets = createFileSecrets(path, { clock });
    await writeFile(path, '{"a":"old"}');
    await secrets.read('a');
    await writeFile(path, '{"a":"new"}');
    clock.advance(59_000);
    expect((await secrets.read('a')).reveal()).toBe('old');
    clock.advance(1_000);
    expect((await secrets.read('a')).reveal()).toBe('new');
  });

  it('hands out an object as its JSON', async () => {
    await writeFile(path, '{"globus":{"clientId":"c","clientSecret":"s"}}');
    expect((await createFileSecrets(path).read('globus')).reveal()).toBe('{"clientId":"c","clientSecret":"s"}');
  });

  it.each([
    { case: 'is missing', content: undefined },
    { case: 'is cut short', content: '{"a":"canary-42' },
    { case: 'is a list', content: '["canary-42"]' },
    { case: 'holds a number', content: '{"a":42,"b":"canary-42"}' },
    { case: 'holds an empty text', content: '{"a":"","b":"canary-42"}' },
  ])('refuses a file that $case without showing what is in it', async ({ content }) => {
    if (content !== undefined) await writeFile(path, content);
    const error = await errorOf(createFileSecrets(path).read('a'));
    expect(error.name).toBe('UnavailableError');
    expect(everythingIn(error)).not.toContain('canary');
    expect(error.message).not.toContain(folder);
  });
});
