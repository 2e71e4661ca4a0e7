/** The device whose graph engine the tests examine: `PAVLOV_TEST_DEVICE`, or cpu. */
export const testDevice = process.env.PAVLOV_TEST_DEVICE ?? 'cpu';
