import { createJsonLog } from '../../functions/adapters/system/json-log.ts';
import { UnavailableError } from '../../functions/domain/errors.ts';
import { Secret } from '../../functions/domain/secret.ts';
import type { Log } from '../../functions/ports/log.ts';
import type { RandomSource } from '../../functions/ports/random-source.ts';
import type { Secrets } from '../../functions/ports/secrets.ts';
import { createCountingRandomSource } from '../support/fakes/counting-random-source.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

/** 2026-02-03T04:05:06Z. */
export const START_MILLISECONDS = 1_770_091_506_000;

/** What every adapter is given, and what tests look at afterwards. */
export interface AdapterParts {
  readonly clock: ManualClock;
  readonly log: Log;
  /** Everything written to the log. */
  readonly logged: () => string;
  readonly random: RandomSource;
  readonly secrets: SwappableSecrets;
}

/** Secrets from a record, with a cache as the port allows: a new value shows only after `forget`. */
export interface SwappableSecrets extends Secrets {
  /** Stores a new value behind the cache's back, as a rotation does. */
  rotate(name: string, value: string): void;
  readonly forgotten: readonly string[];
  /** From here on the store behind the cache does not answer. */
  fail(): void;
}

/** Manual clock, jitter of half the ceiling, a log kept in memory, and secrets from a record. */
export function createAdapterParts(values: Readonly<Record<string, string>>): AdapterParts {
  const clock = createManualClock(START_MILLISECONDS);
  const lines: string[] = [];
  return {
    clock,
    log: createJsonLog((line) => lines.push(line), clock),
    logged: () => lines.join(''),
    random: createCountingRandomSource(),
    secrets: swappableSecrets(values),
  };
}

/** An error as somebody who logs or shows all of it would see it. */
export function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = 'details' in error ? JSON.stringify(error.details) : '';
  return [error.name, error.message, details, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n');
}

/** The error that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected the call to fail, but it succeeded');
}

function swappableSecrets(values: Readonly<Record<string, string>>): SwappableSecrets {
  const stored = new Map(Object.entries(values));
  const cached = new Map<string, Secret>();
  const forgotten: string[] = [];
  let isDown = false;
  return {
    forgotten,
    fail: () => {
      isDown = true;
    },
    rotate: (name, value) => void stored.set(name, value),
    async read(name) {
      const known = cached.get(name);
      if (known) return known;
      if (isDown) throw new UnavailableError('The secret store does not answer.');
      const value = stored.get(name);
      if (value === undefined) throw new UnavailableError(`The secret "${name}" is missing.`);
      const secret = new Secret(value);
      cached.set(name, secret);
      return secret;
    },
    forget(name) {
      forgotten.push(name);
      cached.delete(name);
    },
  };
}
