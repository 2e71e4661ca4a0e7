import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What is written for users of the package runs on the sources.
  resolve: { alias: [{ find: /^pavlov-lm$/, replacement: `${import.meta.dirname}/src/index.ts` }] },
  test: {
    include: ['test/**/*.slow.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 1_200_000,
    reporters: ['default', './test/support/countReporter.ts'],
  },
});
