import { describe, expect, it } from 'vitest';
import { cachedSecrets } from '../../../functions/adapters/secrets/cached-secrets.ts';
import { Secret } from '../../../functions/domain/secret.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { errorOf } from '../adapter-parts.ts';

/** A cache over reads that end when the test says so. */
function cacheUnderTest() {
  const clock = createManualClock(1_000_000);
  const reads: { readonly name: string; end(value: string): void; fail(error: Error): void }[] = [];
  const secrets = cachedSecrets(
    (name) =>
      new Promise((resolve, reject) => {
        reads.push({ name, end: (value) => resolve(new Secret(value)), fail: reject });
      }),
    { clock, maxAgeMilliseconds: 10_000 },
  );
  const textOf = async (name: string) => (await secrets.read(name)).reveal();
  return { clock, reads, secrets, textOf };
}

describe('a cache of secrets', () => {
  it('makes one read of a name for all who want it at once', async () => {
    const { reads, textOf } = cacheUnderTest();
    const values = [textOf('a'), textOf('b'), textOf('a')];
    expect(reads.map(({ name }) => name)).toEqual(['a', 'b']);
    reads[0]?.end('value-a');
    reads[1]?.end('value-b');
    expect(await Promise.all(values)).toEqual(['value-a', 'value-b', 'value-a']);
  });

  it('counts the age of a value from the start of its read', async () => {
    const { clock, reads, textOf } = cacheUnderTest();
    const first = textOf('a');
    clock.advance(9_999);
    reads[0]?.end('old');
    expect([await first, await textOf('a')]).toEqual(['old', 'old']);
    clock.advance(1);
    const second = textOf('a');
    reads[1]?.end('new');
    expect(await second).toBe('new');
  });

  it('reads again when the clock was set back by more than the age', async () => {
    const { clock, reads, textOf } = cacheUnderTest();
    void textOf('a');
    clock.advance(-10_000);
    void textOf('a');
    expect(reads).toHaveLength(2);
  });

  it('does not reuse a failure', async () => {
    const { reads, textOf } = cacheUnderTest();
    const failed = [errorOf(textOf('a')), errorOf(textOf('a'))];
    reads[0]?.fail(new Error('down'));
    expect((await Promise.all(failed)).map(({ message }) => message)).toEqual(['down', 'down']);
    const again = textOf('a');
    reads[1]?.end('value');
    expect(await again).toBe('value');
  });

  it('forgets a read that is under way, and never takes its value or its failure for the new one', async () => {
    const { reads, secrets, textOf } = cacheUnderTest();
    const before = errorOf(textOf('a'));
    secrets.forget('a');
    const after = textOf('a');
    reads[0]?.fail(new Error('of the old read'));
    await before;
    reads[1]?.end('new');
    expect(await after).toBe('new');
    expect(await textOf('a')).toBe('new');
    expect(reads).toHaveLength(2);
  });

  it('keeps other names when one is forgotten', async () => {
    const { reads, secrets, textOf } = cacheUnderTest();
    void textOf('a');
    secrets.forget('b');
    void textOf('a');
    expect(reads).toHaveLength(1);
  });
});
