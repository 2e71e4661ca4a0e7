/**
 * How much of the wall clock of a grid's processes lies inside training steps, and where the rest goes:
 *
 *   npm run build && npx tsx scripts/cellShare.ts [cells] [jobs] [more flags of compare ...]
 *
 * Runs `compare` of one rule over so many seeds with the built program, then reads the logs and results of the cells.
 * Inside steps: updates times their median, which leaves out the first one, that compiles.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';

const [, , cells = '100', jobs = '2', ...more] = process.argv;
const out = mkdtempSync(join(tmpdir(), 'cells-'));
const flags = ['--task', 'induction', '--rule', 'delta', '--gate', 'none', '--preset', 'smoke'];
const resultSchema = z.object({ tokens: z.number(), tokensPerSecond: z.number(), seconds: z.number() });

/** Seconds at which the lines of a log that begin with these words were written. */
function timesOf(log: string, words: string): number[] {
  const lines = log.split('\n').filter((line) => line.slice(25).startsWith(words));
  return lines.map((line) => Date.parse(line.slice(0, 24)) / 1000);
}

function cellTimes(folder: string) {
  const log = readFileSync(join(folder, 'log.txt'), 'utf8');
  const result = resultSchema.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
  const [begin = NaN, tested = NaN] = [...timesOf(log, 'train with'), ...timesOf(log, 'test with')];
  const [trained = NaN, end = NaN] = [...timesOf(log, 'train done'), ...timesOf(log, 'test done')];
  return {
    begin,
    end,
    steps: result.tokens / result.tokensPerSecond,
    loop: result.seconds,
    train: trained - begin,
    test: end - tested,
  };
}

try {
  const began = performance.now();
  const args = ['compare', ...flags, '--seeds', cells, '--jobs', jobs, '--out', out, ...more];
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`expected compare to succeed, got exit code ${status}: ${stderr}`);
  const seconds = (performance.now() - began) / 1000;
  const times = readdirSync(join(out, 'cells')).map((id) => cellTimes(join(out, 'cells', id)));
  const sum = (of: (cell: (typeof times)[number]) => number): number => times.reduce((a, b) => a + of(b), 0);
  const wall = Math.max(...times.map(({ end }) => end)) - Math.min(...times.map(({ begin }) => begin));
  const all = wall * Number(jobs);
  const parts = {
    'training steps': sum(({ steps }) => steps),
    'compiling, validations, checkpoints': sum(({ loop, steps }) => loop - steps),
    'before and after the loop': sum(({ train, loop }) => train - loop),
    tests: sum(({ test }) => test),
    'between pieces of work': all - sum(({ train, test }) => train + test),
  };
  const share = (part: number): string => `${((100 * part) / all).toFixed(1)} %`;
  console.log(
    `${times.length} cells by ${jobs} processes: ${wall.toFixed(1)} s, ${seconds.toFixed(1)} s in all`,
  );
  console.log(`${Math.round((times.length / wall) * 3600)} cells an hour`);
  for (const [name, part] of Object.entries(parts))
    console.log(`${share(part).padStart(7)}  ${(part / times.length).toFixed(2)} s a cell  ${name}`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
