import { defineConfig } from 'vitest/config';

/** What has to hold on every device, on the one that `PAVLOV_TEST_DEVICE` names; without it there is nothing to test. */
const device = process.env.PAVLOV_TEST_DEVICE;
if (device === undefined)
  process.stdout.write('skipped: PAVLOV_TEST_DEVICE names no device (webgpu or cuda)\n');

const files = [
  'test/devices/*.device.test.ts',
  'test/engine/graphEngine.test.ts',
  'test/engine/kernels.test.ts',
  'test/engine/telemetry.test.ts',
];

export default defineConfig({
  resolve: { alias: [{ find: /^pavlov-lm$/, replacement: `${import.meta.dirname}/src/index.ts` }] },
  test: {
    include: device === undefined ? [] : files,
    passWithNoTests: device === undefined,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/countReporter.ts'],
  },
});
