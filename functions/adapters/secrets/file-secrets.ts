import { readFile } from 'node:fs/promises';
import { UnavailableError } from '../../domain/errors.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { type CacheOptions, cachedSecrets } from './cached-secrets.ts';
import { secretFromStoredText } from './stored-text.ts';

/**
 * A secret store in one file, for the local run: a JSON object of name to value. A value is text; an object is handed out as its JSON.
 * @param path - where the file is; it is read when a secret is wanted, and a value is reused for a minute
 */
export function createFileSecrets(path: string, options: CacheOptions = {}): Secrets {
  return cachedSecrets(async (name) => {
    const text = storedText((await readMembers(path)).get(name));
    const secret = text === undefined ? undefined : secretFromStoredText(text);
    if (!secret) {
      throw new UnavailableError(
        `The secret "${name}" is missing: expected a member of that name, text or an object, in the secrets file.`,
        { details: { path } },
      );
    }
    return secret;
  }, options);
}

async function readMembers(path: string): Promise<ReadonlyMap<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // The parser's own message quotes the text around the fault, which may be a secret: only the kind of fault is kept.
    const fault =
      error instanceof SyntaxError ? 'it is not JSON' : ((error as NodeJS.ErrnoException).code ?? 'unknown');
    throw new UnavailableError(`The secrets file cannot be read: ${fault}.`, { details: { path } });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UnavailableError('The secrets file cannot be used: expected a JSON object of name to value.', {
      details: { path },
    });
  }
  return new Map(Object.entries(content));
}

function storedText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
}
