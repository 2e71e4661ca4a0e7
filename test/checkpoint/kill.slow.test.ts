import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { killWhileSaving } from './killSaves.js';

it('leaves a whole checkpoint when killed at 20 random moments while saving', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pavlov-kill-'));
  await killWhileSaving(folder, 20);
  await rm(folder, { recursive: true });
});
