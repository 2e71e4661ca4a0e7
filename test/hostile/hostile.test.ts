import { describe, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { damagedCheckpoints, damagedConfigs, damagedData, damagedImports } from './cases.js';

const folder = temporaryFolder();

/** The share of the slow test that every run of the tests tries. */
const SAMPLE = 80;

describe('damaged files are taken or refused with a message, in little time and memory', () => {
  it.each([
    ['settings', damagedConfigs, SAMPLE],
    ['checkpoints', damagedCheckpoints, SAMPLE],
    ['data', damagedData, SAMPLE],
    ['exports', damagedImports, SAMPLE / 4],
  ])('%s', async (_, tries, count) => {
    await tries(folder, count, 1);
  });
});
