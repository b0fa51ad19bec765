import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Secrets } from '../../functions/ports/secrets.ts';
import { errorOf } from '../adapters/adapter-parts.ts';

/** A secret store under test. */
export interface SecretsUnderTest {
  readonly secrets: Secrets;
  /** Stores values behind the adapter's back; members not named stay. */
  store(values: Readonly<Record<string, string>>): Promise<void>;
  /** Makes the store unreadable. */
  breakStore(): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of the port `Secrets` does. */
export function describeSecretsContract(name: string, makeAdapter: () => Promise<SecretsUnderTest>): void {
  describe(`the secrets contract, kept by ${name}`, () => {
    let under: SecretsUnderTest;
    beforeEach(async () => {
      under = await makeAdapter();
      await under.store({ 'globus/service': 'first-value', other: 'other-value' });
    });
    afterEach(() => under.close());

    it('reads a value by its name', async () => {
      expect((await under.secrets.read('globus/service')).reveal()).toBe('first-value');
      expect((await under.secrets.read('other')).reveal()).toBe('other-value');
    });

    it('hands out a value that does not print', async () => {
      const secret = await under.secrets.read('globus/service');
      expect(`${secret} ${JSON.stringify({ secret })}`).not.toContain('first-value');
    });

    it('reads a rotated value once the old one is forgotten', async () => {
      await under.secrets.read('globus/service');
      await under.store({ 'globus/service': 'second-value' });
      under.secrets.forget('globus/service');
      expect((await under.secrets.read('globus/service')).reveal()).toBe('second-value');
    });

    it('names a missing secret and no value', async () => {
      await under.secrets.read('other');
      const error = await errorOf(under.secrets.read('globus/absent'));
      expect(error.name).toBe('UnavailableError');
      expect(error.message).toContain('globus/absent');
      expect(error.message).not.toMatch(/first-value|other-value/);
    });

    it('finds a secret that was added after others were read', async () => {
      await under.secrets.read('other');
      await under.store({ added: 'added-value' });
      expect((await under.secrets.read('added')).reveal()).toBe('added-value');
    });

    it('says so when the store does not answer', async () => {
      await under.breakStore();
      expect((await errorOf(under.secrets.read('globus/service'))).name).toBe('UnavailableError');
    });
  });
}

/** What every adapter does whose store people write into by hand. */
export function describePastedSecretsContract(name: string, makeAdapter: () => Promise<SecretsUnderTest>): void {
  describe(`the contract of secrets that people paste, kept by ${name}`, () => {
    let under: SecretsUnderTest;
    beforeEach(async () => {
      under = await makeAdapter();
    });
    afterEach(() => under.close());

    it.each([
      { case: 'a line end after the value', stored: 'value\n', read: 'value' },
      { case: 'a line end of Windows after it', stored: 'value\r\n', read: 'value' },
      { case: 'one of two line ends', stored: 'value\n\n', read: 'value\n' },
    ])('drops $case', async ({ stored, read }) => {
      await under.store({ pasted: stored });
      expect((await under.secrets.read('pasted')).reveal()).toBe(read);
    });

    it.each([
      { case: 'spaces around', value: ' value ' },
      { case: 'lines of', value: 'first\nsecond' },
      { case: 'letters beyond ASCII of', value: 'schlüssel-鍵' },
    ])('keeps $case the value', async ({ value }) => {
      await under.store({ pasted: value });
      expect((await under.secrets.read('pasted')).reveal()).toBe(value);
    });

    it('takes nothing but a line end for no value', async () => {
      await under.store({ pasted: '\n' });
      const error = await errorOf(under.secrets.read('pasted'));
      expect(error).toMatchObject({ name: 'UnavailableError', message: expect.stringContaining('"pasted"') });
    });
  });
}
