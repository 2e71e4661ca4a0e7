import { it } from 'vitest';
import { testDevice } from '../support/device.js';
import { killWhileTraining } from '../train/killTraining.js';

it.skipIf(testDevice === 'cpu')('reaches the same bytes after 10 kills at random moments', async () => {
  await killWhileTraining({ count: 10, device: testDevice, updates: 4, withinMs: 1000 });
});
