import type { Secret } from '../domain/secret.ts';

/** The secret store. */
export interface Secrets {
  /**
   * The current value of a named secret; may come from a cache of at most five minutes.
   * @throws UnavailableError when the store does not answer or has no such secret
   */
  read(name: string): Promise<Secret>;
  /** Forgets a cached value after it was refused, so that a rotated secret is picked up (F-72). */
  forget(name: string): void;
}
