import { defineConfig, mergeConfig } from 'vitest/config';
import plain from './vitest.config.js';

/** What has to hold on every device, on the one that `PAVLOV_TEST_DEVICE` names; without it there is nothing to test. */
const device = process.env.PAVLOV_TEST_DEVICE;
if (device === undefined)
  process.stdout.write('skipped: PAVLOV_TEST_DEVICE names no device (webgpu or cuda)\n');

export default mergeConfig(
  { ...plain, test: { ...plain.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include:
        device === undefined
          ? []
          : [
              'test/devices/*.device.test.ts',
              'test/engine/graphEngine.test.ts',
              'test/engine/kernels.test.ts',
              'test/engine/telemetry.test.ts',
            ],
      passWithNoTests: device === undefined,
      testTimeout: 600_000,
    },
  }),
);
