import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { temporaryFolder } from '../support/folder.js';
import { ended, pavlov, startPavlov, type Ended } from '../support/pavlov.js';
import { MICRO_RUN } from './microTask.js';

const FULL = '/dev/full';
const FAILURE = 'standard output: write failed with ENOSPC; the disk is full; free some space\n';

describe.skipIf(!existsSync(FULL))('standard output on a full disk', () => {
  const folder = temporaryFolder();
  const run = join(folder, 'run');
  let full: number;
  beforeAll(async () => {
    full = openSync(FULL, 'w');
    expect(await intoFull(['train', ...MICRO_RUN, '--steps', '1', '--out', run, '--json'])).toMatchObject({
      code: 3,
    });
  });
  afterAll(() => closeSync(full));

  const intoFull = (args: readonly string[]): Promise<Ended> => ended(startPavlov(args, { stdout: full }));

  it.each([
    ['help', ['--help']],
    ['a document', ['data', 'info', 'toy', '--json']],
    ['a config', ['config']],
    ['an evaluation', ['eval', run, '--probes', 'lm', '--stories', '2']],
    ['a text as a document', ['generate', run, '--tokens', '3', '--json']],
  ])('is no success of %s', async (_, args) => {
    const { code, stderr } = await intoFull(args);
    expect([code, stderr.slice(-FAILURE.length)]).toEqual([3, FAILURE]);
    expect(stderr).not.toContain('    at ');
  });

  it('stops a text that is streamed', async () => {
    const { code, stderr } = await intoFull(['generate', run, '--tokens', '3']);
    expect([code, stderr]).toEqual([3, `\nstandard output cannot be written (ENOSPC): stopping\n${FAILURE}`]);
  });

  it('makes a run save and end', async () => {
    const out = join(folder, 'stopped');
    const args = ['train', ...MICRO_RUN, '--steps', '1000000', '--out', out];
    const { code, stderr } = await intoFull(args);
    const promise = 'finishing this step and saving';
    expect([code, stderr]).toEqual([
      3,
      `\nstandard output cannot be written (ENOSPC): ${promise}\n${FAILURE}`,
    ]);
    expect((await loadCheckpoint(out)).step).toBeGreaterThan(0);
    expect(readdirSync(out)).not.toContain('run.lock');
  });

  it('keeps the exit code of another failure', async () => {
    expect((await intoFull(['data', 'info', join(folder, 'nothing'), '--json'])).code).toBe(3);
    expect((await intoFull(['config', '--preset', 'nothing', '--json'])).code).toBe(2);
  });

  it('of messages takes no result away', async () => {
    const child = startPavlov(['config', '--json'], { stderr: full });
    const { code, stdout } = await ended(child);
    expect([code, stdout]).toEqual([0, (await pavlov(['config', '--json'])).stdout]);
    expect((await ended(startPavlov(['config', '--preset', 'nothing'], { stderr: full }))).code).toBe(2);
  });
});
