import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { shareOf } from '../support/share.js';
import { killWhileSaving } from './killSaves.js';

const kills = shareOf(20);

it(`leaves a whole checkpoint when killed at ${kills} random moments while saving`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pavlov-kill-'));
  await killWhileSaving(folder, kills);
  await rm(folder, { recursive: true });
});
