import { defineConfig } from 'vitest/config';

/** What needs more than `npm ci`; each file says what it lacks and is skipped then. */
export default defineConfig({
  test: {
    include: ['test/**/*.integration.ts'],
    maxWorkers: 2,
    // Other implementations of DynamoDB are many times slower than the one of the local run.
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
