import { randomBytes, randomUUID } from 'node:crypto';
import type { RandomSource } from '../../ports/random-source.ts';

/** Chance from the operating system's generator; `fraction` is for jitter only. */
export const systemRandomSource: RandomSource = {
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  fraction: () => Math.random(),
};
