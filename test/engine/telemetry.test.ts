import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testDevice } from '../support/device.js';
import { temporaryFolder } from '../support/folder.js';
import { writeStories } from '../train/smallRun.js';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const folder = temporaryFolder();
const [home, scratch] = [join(folder, 'home'), join(folder, 'scratch')];
const log = join(folder, 'trace.txt');
const source = await writeStories(folder);

/** strace follows every thread and child of a command, where there is one and the system lets it. */
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

/** Two training steps of a process that has nothing in its home and temporary folders. */
function train() {
  for (const path of [home, scratch]) mkdirSync(path);
  const small = [
    'data.cacheFolder=null',
    'tokenizer.name=bytes',
    'tokenizer.vocabularySize=257',
    'train.batchSize=2',
    'train.sequenceLength=16',
    'train.evalStories=2',
    'sample.maxTokens=2',
    'model.layers=1',
    'model.width=16',
    'model.mlpWidth=24',
    'model.keySize=8',
    'model.valueSize=8',
  ];
  const sets = small.flatMap((set) => ['--set', set]);
  const run = ['train', '--preset', 'smoke', '--data', source, '--device', testDevice, ...sets];
  run.push('--steps', '2', '--out', join(folder, 'run'));
  const trace = canTrace ? ['strace', '-f', '-e', 'trace=connect,openat', '-o', log] : [];
  const [command, ...args] = [...trace, process.execPath, '--import', import.meta.resolve('tsx'), MAIN];
  // Nothing else is passed on but what finds a device: XDG folders would lead out of the home folder.
  const { PATH = '', LD_LIBRARY_PATH = '', VK_DRIVER_FILES = '' } = process.env;
  const env = {
    PATH,
    LD_LIBRARY_PATH,
    VK_DRIVER_FILES,
    HOME: home,
    USERPROFILE: home,
    TMPDIR: scratch,
    TEMP: scratch,
    NO_COLOR: '1',
  };
  return spawnSync(command, [...args, ...run], { env, encoding: 'utf8' });
}

describe('a run of two steps', () => {
  const { status, stderr } = train();

  it('leaves nothing in the home folder, and in the temporary one what tsx compiled', () => {
    expect(status, stderr).toBe(0);
    expect(readdirSync(home, { recursive: true })).toEqual([]);
    expect(readdirSync(scratch).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  });

  it.runIf(canTrace)('opens no connection and creates files in its own folder alone', () => {
    const calls = readFileSync(log, 'utf8').split('\n');
    // A socket of the file system (AF_UNIX) reaches no network.
    expect(calls.filter((call) => /connect\(.*AF_INET/.test(call))).toEqual([]);
    expect(calls.filter((call) => /mat-debug|machine-id|deviceid/.test(call))).toEqual([]);
    const created = calls.filter((call) => call.includes('O_CREAT') && !call.includes(`"${folder}/`));
    expect(created.filter((call) => !call.includes('"/dev/null"'))).toEqual([]);
  });
});
