import { describe, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { damagedCheckpoints, damagedConfigs, damagedData, damagedImports } from './cases.js';

const folder = temporaryFolder();

describe('500 damaged files are taken or refused with a message, in little time and memory', () => {
  it.each([
    ['settings', damagedConfigs],
    ['checkpoints', damagedCheckpoints],
    ['data', damagedData],
    ['exports', damagedImports],
  ])('%s', async (name, tries) => {
    const { taken, refused, slowestMs, memoryBytes } = await tries(folder, 500, 2);
    process.stdout.write(
      `${name}: ${taken} taken, ${refused} refused, at most ${slowestMs.toFixed(0)} ms and ${(memoryBytes / 1e6).toFixed(0)} MB\n`,
    );
  });
});
