/** Chance, the only source of it outside adapters/system. */
export interface RandomSource {
  /** A random (version 4) UUID, lower case. */
  uuid(): string;
  /** So many random bytes as lower-case hex, cryptographically strong. */
  hex(bytes: number): string;
  /** A number from 0 (included) to 1 (excluded), for jitter only. */
  fraction(): number;
}
