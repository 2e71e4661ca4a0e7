import { it } from 'vitest';
import { SEED, shareOf } from '../support/share.js';
import { killWhileTraining } from './killTraining.js';

const kills = shareOf(40);

it(`reaches the same bytes after ${kills} kills at random moments`, async () => {
  await killWhileTraining({ count: kills, seed: SEED });
});
