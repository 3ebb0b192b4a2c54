import { configDefaults, defineConfig } from 'vitest/config';

/** Suites that need more than `npm ci`: each has a script of its own in package.json, which installs what it needs. */
const APART = ['test/majors/**', 'test/frameworks/**', 'test/differential/**', 'test/upgrade/**'];
const isApart = process.env.UPKEEP_SUITE === 'apart';

export default defineConfig({
  define: { __UPKEEP_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: isApart ? APART.map((folder) => `${folder}/*.test.ts`) : ['test/**/*.test.ts'],
    exclude: isApart ? configDefaults.exclude : [...configDefaults.exclude, ...APART],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The machines have two cores; more files at once only make every wait longer.
    maxWorkers: 2,
    retry: 0,
  },
});
