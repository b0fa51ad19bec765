import { Secret } from '../../domain/secret.ts';

/**
 * The secret in a text that a person put into a store. One line end after it is dropped: `echo` and editors add it unasked, no credential
 * ends in one, and a token with one is refused only much later, when it is put into a header. Anything else is taken as it stands.
 * @returns undefined when nothing is left
 */
export function secretFromStoredText(text: string): Secret | undefined {
  const value = text.replace(/\r?\n$/, '');
  return value === '' ? undefined : new Secret(value);
}
