import { it } from 'vitest';
import { killWhileTraining } from './killTraining.js';

it('reaches the same bytes after 20 kills at random moments', async () => {
  await killWhileTraining(20);
});
