import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __UPKEEP_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The machines have two cores; more files at once only make every wait longer.
    maxWorkers: 2,
    retry: 0,
  },
});
