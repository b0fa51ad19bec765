import { readFile } from 'node:fs/promises';
import { UnavailableError } from '../../domain/errors.ts';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Secrets } from '../../ports/secrets.ts';
import { systemClock } from '../system/clock.ts';

export interface FileSecretsOptions {
  readonly clock?: Clock;
  /** How long the file's content may be reused; at most five minutes by the port's contract. */
  readonly maxAgeMilliseconds?: number;
}

/**
 * A secret store in one file, for the local run: a JSON object of name to value. A value is text; an object is handed out as its JSON.
 * @param path - where the file is; it is read when a secret is first wanted
 */
export function createFileSecrets(path: string, options: FileSecretsOptions = {}): Secrets {
  const clock = options.clock ?? systemClock;
  const maxAgeMilliseconds = options.maxAgeMilliseconds ?? 60_000;
  let cached: { readonly values: ReadonlyMap<string, Secret>; readonly readAtMilliseconds: number } | undefined;

  const load = async () => {
    const values = await readSecrets(path);
    cached = { values, readAtMilliseconds: clock.nowMilliseconds() };
    return values;
  };

  return {
    async read(name) {
      const isFresh = cached && Math.abs(clock.nowMilliseconds() - cached.readAtMilliseconds) < maxAgeMilliseconds;
      const known = isFresh ? cached?.values.get(name) : undefined;
      // A name the cache does not hold may have been added since.
      const secret = known ?? (await load()).get(name);
      if (!secret) {
        throw new UnavailableError(
          `The secret "${name}" is missing: expected a member of that name, text or an object, in the secrets file.`,
          { details: { path } },
        );
      }
      return secret;
    },
    forget() {
      cached = undefined;
    },
  };
}

async function readSecrets(path: string): Promise<ReadonlyMap<string, Secret>> {
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
  const values = new Map<string, Secret>();
  for (const [name, value] of Object.entries(content)) {
    if (typeof value === 'string' && value !== '') values.set(name, new Secret(value));
    else if (typeof value === 'object' && value !== null) values.set(name, new Secret(JSON.stringify(value)));
  }
  return values;
}
