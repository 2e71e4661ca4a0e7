import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What is written for users of the package runs on the sources.
  resolve: { alias: [{ find: /^pavlov-lm$/, replacement: `${import.meta.dirname}/src/index.ts` }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/countReporter.ts'],
  },
});
