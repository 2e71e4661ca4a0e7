/**
 * How much of the wall clock of a grid's processes lies inside training steps, and where the rest goes:
 *
 *   npm run build && npx tsx scripts/cellShare.ts [folder of a build] [flags of compare that replace the default grid ...]
 *
 * Runs `compare` with the built program, then reads the logs of the cells. The default grid has 100 cells of the preset
 * `smoke`: four variants, five seeds, five learning rates.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const RATES = '0.005,0.01,0.02,0.04,0.08';
const HUNDRED = `--task mqar --preset smoke --rule hebbian,delta,oja,softmax --seeds 5 --lr-grid ${RATES}`;

const [, , build = 'dist', ...given] = process.argv;
const flags = given.length > 0 ? given : HUNDRED.split(' ');
const out = mkdtempSync(join(tmpdir(), 'cells-'));

/** When the lines of a log that begin with these words were written, in seconds, and what follows the words. */
function linesOf(log: string, words: string): { readonly at: number; readonly rest: string }[] {
  const lines = log.split('\n').filter((line) => line.slice(25).startsWith(words));
  return lines.map((line) => ({
    at: Date.parse(line.slice(0, 24)) / 1000,
    rest: line.slice(25 + words.length),
  }));
}

function cellTimes(folder: string) {
  const log = readFileSync(join(folder, 'log.txt'), 'utf8');
  const only = (words: string): number => linesOf(log, words)[0]?.at ?? NaN;
  const [end] = [...linesOf(log, 'done after'), ...linesOf(log, 'solved after')];
  const [begin, started, trained] = [only('train with'), only('from step'), only('train done')];
  const tested = linesOf(log, 'test with').length > 0;
  return {
    begin,
    end: tested ? only('test done') : trained,
    train: trained - begin,
    steps: Number(/([\d.]+) s in updates/.exec(end?.rest ?? '')?.[1]),
    loop: (end?.at ?? NaN) - started,
    test: tested ? only('test done') - only('test with') : 0,
  };
}

try {
  const began = performance.now();
  const args = [join(build, 'cli/main.js'), 'compare', ...flags, '--out', out];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected compare to succeed, got exit code ${status}: ${stderr}`);
  const seconds = (performance.now() - began) / 1000;
  const times = readdirSync(join(out, 'cells')).map((id) => cellTimes(join(out, 'cells', id)));
  const sum = (of: (cell: (typeof times)[number]) => number): number => times.reduce((a, b) => a + of(b), 0);
  const jobs = Number(/ in (\d+) process/.exec(stdout + stderr)?.[1]);
  const all = seconds * jobs;
  const parts = {
    'training steps': sum(({ steps }) => steps),
    'compiling, validations, checkpoints': sum(({ loop, steps }) => loop - steps),
    'before and after the loop': sum(({ train, loop }) => train - loop),
    tests: sum(({ test }) => test),
    'start, report, between pieces of work': all - sum(({ train, test }) => train + test),
  };
  const share = (part: number): string => `${((100 * part) / all).toFixed(1)} %`;
  console.log(`${times.length} cells by ${jobs} processes in ${seconds.toFixed(1)} s`);
  console.log(`${Math.round((times.length / seconds) * 3600)} cells an hour`);
  for (const [name, part] of Object.entries(parts))
    console.log(`${share(part).padStart(7)}  ${(part / times.length).toFixed(2)} s a cell  ${name}`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
