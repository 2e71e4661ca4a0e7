import { it } from 'vitest';
import { killWhileTraining } from './killTraining.js';

it('reaches the same bytes after a kill at a random moment', async () => {
  await killWhileTraining({ count: 1 });
});
