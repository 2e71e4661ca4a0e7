import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { temporaryFolder } from '../support/folder.js';
import { ended, startPavlov } from '../support/pavlov.js';
import { MICRO_RUN, MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();
const ENDLESS = [...MICRO_RUN, '--steps', '1000000'];

/** Calls `then` once a stream of the process has said a text. */
function onceSaid(child: ChildProcess, stream: 'stdout' | 'stderr', text: string, then: () => void): void {
  let said = '';
  child[stream]?.on('data', (chunk: string) => {
    const before = said.includes(text);
    said += chunk;
    if (!before && said.includes(text)) then();
  });
}

/** Paths under a folder. */
const pathsIn = (root: string): readonly string[] => readdirSync(root, { recursive: true, encoding: 'utf8' });

describe('pavlov train', () => {
  it.each([
    ['a closed terminal', ['SIGHUP']],
    ['the end of a batch job', ['SIGTERM', 'SIGHUP']],
    ['a Ctrl-C that npm delivers twice', ['SIGINT', 'SIGINT']],
  ] as const)('saves and frees its folder at %s', async (_, signals) => {
    const out = join(folder, signals.join('-'));
    const child = startPavlov(['train', ...ENDLESS, '--out', out]);
    const send = async (): Promise<void> => {
      for (const name of signals) {
        child.kill(name);
        await setTimeout(1);
      }
    };
    onceSaid(child, 'stdout', 'step 1 ', () => void send());
    const { code, stdout, stderr } = await ended(child);
    expect(code).toBe(130);
    // Of two that wait the system may hand over either first.
    expect(stderr).toMatch(/^\nSIG(INT|TERM|HUP): finishing this step and saving.*\n$/);
    expect(stdout).toContain(`\nresume with: pavlov resume ${out}\n`);
    expect((await loadCheckpoint(out)).step).toBeGreaterThan(0);
    expect(readdirSync(out)).not.toContain('run.lock');
  });

  it('is ended by Ctrl-C while the probes of a run that is saved take long', async () => {
    const out = join(folder, 'probed');
    const args = ['train', '--preset', 'smoke', '--steps', '1', '--probes', 'all', '--out', out];
    const child = startPavlov(args);
    onceSaid(child, 'stdout', 'done after step 1', () => void child.kill('SIGINT'));
    const { code, stderr } = await ended(child);
    // It may come just before the first probe.
    expect([null, 130]).toContain(code);
    expect(stderr).toMatch(/^(\nSIGINT: .*\n)?$/);
    expect(readdirSync(out)).not.toContain('eval');
    expect((await loadCheckpoint(out)).step).toBe(1);
  });
});

/** A process that does something within an interrupt; `work` may await. */
function startWithin(name: string, work: string): ChildProcess {
  const file = join(folder, `${name}.mjs`);
  const interrupt = new URL('../../cli/interrupt.ts', import.meta.url).href;
  writeFileSync(
    file,
    `const { withInterrupt } = await import(${JSON.stringify(interrupt)});
    const { breakSilence } = await import(${JSON.stringify(new URL('../../cli/silence.ts', import.meta.url).href)});
    const note = (text) => process.stderr.write(text + '\\n');
    const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await withInterrupt({ note }, 'stopping', async () => { ${work} });`,
  );
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file]);
}

const ANSWER = '\nSIGINT: stopping; press Ctrl-C again to stop immediately\n';

it('a second Ctrl-C, later, ends a process that does not come to its end', async () => {
  const child = startWithin('endless', "console.log('ready'); await pause(1e6);");
  onceSaid(child, 'stdout', 'ready', () => void child.kill('SIGINT'));
  onceSaid(child, 'stderr', 'SIGINT', () => void setTimeout(600).then(() => child.kill('SIGINT')));
  expect(await ended(child)).toMatchObject({ code: 130, stderr: ANSWER });
});

// Long enough for the thread of signals to have started.
const READY = "const { writeSync } = await import('node:fs'); await pause(2000); writeSync(1, 'ready');";

it('Ctrl-C is answered, and that the work goes on is said, while one call takes long', async () => {
  const child = startWithin(
    'busy',
    `breakSilence({ json: false, interactive: false, columns: 80 }); ${READY} block(3000); writeSync(2, 'done'); await pause(50);`,
  );
  let told = false;
  onceSaid(child, 'stdout', 'ready', () => void child.kill('SIGINT'));
  onceSaid(child, 'stderr', '... still working, nothing new for', () => (told = true));
  expect(await ended(child)).toMatchObject({ code: 0, stderr: `${ANSWER}done` });
  expect(told).toBe(true);
});

it('a second Ctrl-C, later, ends a process in one call that takes long', async () => {
  const child = startWithin('blocked', `${READY} block(1e6);`);
  onceSaid(child, 'stdout', 'ready', () => void child.kill('SIGINT'));
  onceSaid(child, 'stderr', 'SIGINT', () => void setTimeout(600).then(() => child.kill('SIGINT')));
  expect(await ended(child)).toMatchObject({ code: null, stderr: ANSWER });
  expect(child.signalCode).toBe('SIGKILL');
});

describe('pavlov compare', () => {
  const stepsIn = (out: string): number => pathsIn(out).filter((path) => /step-\d+$/.test(path)).length;
  const locksIn = (out: string): readonly string[] =>
    pathsIn(out).filter((path) => path.includes('run.lock'));

  /** Starts two endless cells, in a process group of their own; `then` is called when both train. */
  const startCells = (out: string, then: (pid: number) => void): ChildProcess => {
    const args = [
      ...['compare', ...MICRO_TASK, '--rule', 'delta,hebbian', '--jobs', '2', '--seeds', '1', '--out', out],
      ...[
        '--set',
        'train.samples=10000000',
        '--set',
        'train.evalEvery=1000',
        '--set',
        'train.saveEvery=null',
      ],
    ];
    const child = startPavlov(args, { detached: true });
    const timer = setInterval(() => {
      if (child.exitCode !== null) return clearInterval(timer);
      const logs = existsSync(out) ? pathsIn(out).filter((path) => path.endsWith('log.txt')) : [];
      const training = logs.filter((path) => readFileSync(join(out, path), 'utf8').includes('from step 0'));
      if (training.length < 2) return;
      clearInterval(timer);
      then(child.pid ?? 0);
    }, 50);
    return child;
  };

  it('saves every cell when its whole process group is told to end', { timeout: 240_000 }, async () => {
    const out = join(folder, 'group');
    const child = startCells(out, (pid) => process.kill(-pid, 'SIGTERM'));
    const { code, stderr } = await ended(child);
    expect([code, stderr.includes('SIGTERM: finishing the current steps and saving')]).toEqual([130, true]);
    expect([stepsIn(out), locksIn(out)]).toEqual([2, []]);
  });

  it('has workers that save and end when it is killed', { timeout: 240_000 }, async () => {
    const out = join(folder, 'killed');
    const child = startCells(out, () => child.kill('SIGKILL'));
    // The streams of the workers end at theirs.
    await ended(child);
    await expect
      .poll(() => [stepsIn(out), locksIn(out)], { timeout: 60_000, interval: 100 })
      .toEqual([2, ['run.lock']]);
  });
});
