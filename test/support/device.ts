import type { graphDevices } from '../../src/engine/engine.js';

export type DeviceName = (typeof graphDevices)[number];

/** The device whose graph engine the tests examine: `PAVLOV_TEST_DEVICE`, or cpu. The engine refuses another name. */
export const testDevice = (process.env.PAVLOV_TEST_DEVICE ?? 'cpu') as DeviceName;
