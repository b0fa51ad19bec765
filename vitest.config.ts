import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Holds the replies of end-to-end tests against docs/openapi.yaml.
    setupFiles: ['test/support/openapi-setup.ts'],
    // End-to-end files start whole stacks; on a two-core machine more workers only make them wait for each other.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
