import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { cellHash } from '../experiments/grid/cellHash.js';
import type { Cell } from '../experiments/grid/contract.js';
import { takeAttempt } from '../experiments/grid/attempt.js';
import {
  checkGridFolder,
  loadTrainResult,
  openCellFolder,
  readJsonFile,
  saveResult,
  writeJsonFile,
} from '../experiments/grid/gridFolder.js';
import { localProcesses } from '../experiments/grid/workerPool.js';
import type { GridPlan } from '../experiments/plan.js';
import { replaceFile } from '../src/core/atomicFile.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';
import { ownModule } from '../src/core/ownPackage.js';
import { reasonOf } from '../src/core/text.js';
import { plugInsOf } from '../train/config/plugIns.js';
import { gridStatus } from './gridStatus.js';
import { largestCell, placeOf, settingsOf } from './gridDryRun.js';
import { workerEntry } from './gridRun.js';
import { exitAfter, withInterrupt } from './interrupt.js';
import type { Output } from './output.js';
import { addTrust, readTrust } from './plugIns/trust.js';
import { EXIT, type Outcome } from './verbs/contract.js';

/** How long a machine may say nothing before another goes on with its cell. */
const STALE_MS = 30_000;
/** A cell gets its need of memory and this much more of it. */
const MEMORY_MARGIN = 1.5;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The program of this process as words of a shell. */
function ownProgram(): readonly string[] {
  return [process.execPath, ...process.execArgv, fileURLToPath(ownModule('cli/main'))];
}

/** `0-3,7`: places in rising order as SLURM writes them. */
export function arrayOf(places: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const place of places) {
    const last = ranges.at(-1);
    if (last?.[1] === place - 1) last[1] = place;
    else ranges.push([place, place]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/**
 * The script of an array job with one cell an element. Two minutes before the time limit, and when it is pre-empted, an
 * element is told to save; it then puts itself into the queue again and goes on where it was.
 */
function scriptOf(out: string, plan: GridPlan, places: readonly number[], options: string): string {
  const folder = resolve(out);
  const largest = largestCell(plan.cells);
  const hasCode = plan.cells.some(({ cell }) => plugInsOf(cell.config).length > 0);
  const cellWords = [...ownProgram(), 'grid', 'cell', ...(hasCode ? ['--allow-code'] : []), folder];
  const own = options.split(/\s+(?=-)/).filter((option) => option !== '');
  return `#!/bin/bash
#SBATCH --job-name=pavlov-${plan.task.replaceAll(/[^\w.-]/g, '_')}
#SBATCH --array=${arrayOf(places)}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${folder}/slurm-%a.log
#SBATCH --cpus-per-task=1
#SBATCH --mem=${Math.ceil((MEMORY_MARGIN * largest) / 1e6)}M
#SBATCH --signal=B:TERM@120
${own.map((option) => `#SBATCH ${option}\n`).join('')}
${cellWords.map(quoted).join(' ')} "$SLURM_ARRAY_TASK_ID" &
cell=$!
trap 'kill -TERM "$cell"' TERM
wait "$cell"
code=$?
while kill -0 "$cell" 2>/dev/null; do
  wait "$cell"
  code=$?
done
# Saved, or told so before it had begun.
if [ "$code" -eq ${EXIT.interrupted} ] || [ "$code" -eq 143 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`;
}

/** The command line of this process without what is only for submitting, and without its folder, which may be moved. */
function collecting(): readonly string[] {
  const words = process.argv.slice(2);
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--slurm' || word === '--out') {
      if (words[i + 1]?.startsWith('--') === false || word === '--out') i++;
    } else if (!/^--(slurm|out)=/.test(word)) kept.push(word);
  }
  return kept;
}

/** The command that submitted an array, by which it is collected. */
const slurmFile = (out: string): string => join(out, 'slurm.json');

async function hashOfFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Submits a script; what SLURM says of it. @throws ConfigError where there is no SLURM, or it refuses. */
function submit(script: string): string {
  const { error, status, stdout, stderr } = spawnSync('sbatch', [script], { encoding: 'utf8' });
  if (error)
    throw new ConfigError(
      `--slurm: expected SLURM's sbatch, got ${reasonOf(error)}; run it where SLURM is installed, or submit ${script} there`,
    );
  if (status !== 0) throw new ConfigError(`--slurm: sbatch refused ${script}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Says what an array would train, beside its script. */
async function describe(output: Output, plan: GridPlan, text: string): Promise<void> {
  const [first] = plan.cells;
  const cells = plan.cells.length;
  const config = first?.cell.config ?? null;
  if (output.json)
    return output.document({ cells, memoryBytes: largestCell(plan.cells), config, script: text });
  // Remarks, so that what is on stdout can be submitted.
  if (first) output.note(await settingsOf(first));
  output.note(`${cells} cells ${placeOf(plan.cells, { slurm: true }).text}`);
  output.write(text);
}

/** Writes the cells of a grid into its folder and submits an array job that trains them; a dry run prints its script. */
export async function submitArray(
  output: Output,
  plan: GridPlan,
  { out, options, isDry }: { readonly out: string; readonly options: string; readonly isDry: boolean },
): Promise<void> {
  if (plan.search || plan.auto)
    throw new ConfigError(
      '--slurm: submits all cells at once, got a search or --seeds auto, whose cells depend on results; use --queue',
    );
  const results = await Promise.all(plan.cells.map(({ id }) => loadTrainResult(join(out, 'cells', id))));
  const places = results.flatMap((result, i) => (result && result.status !== 'failed' ? [] : [i]));
  const text = scriptOf(out, plan, places, options);
  if (isDry) return describe(output, plan, text);
  await checkGridFolder(out);
  for (const { cell } of plan.cells) await openCellFolder(out, cell);
  const cells = plan.cells.map(({ id, variant, seed, learningRate }) => ({
    cell: id,
    variant,
    seed,
    learningRate,
  }));
  await writeJsonFile(join(out, 'grid.json'), { task: plan.task, cells });
  await writeJsonFile(slurmFile(out), { args: collecting(), folder: process.cwd() });
  const fault = await addTrust(new Map([[slurmFile(out), await hashOfFile(slurmFile(out))]]));
  if (fault !== undefined) output.note(`${fault}: 'pavlov grid collect' will need --allow-code`);
  await replaceFile(join(out, 'slurm.sh'), [text]);
  const job = places.length === 0 ? null : submit(join(out, 'slurm.sh'));
  if (output.json) output.document({ cells: cells.length, submitted: places.length, job, out });
  if (job === null) {
    output.line(`all ${cells.length} cells are trained; collect them with: pavlov grid collect ${out}`);
    return;
  }
  const where = placeOf(plan.cells, { slurm: true }).text;
  output.line(`${job}: ${places.length} of ${cells.length} cells ${where}`);
  output.line(`see: pavlov grid status ${out}; when all are trained: pavlov grid collect ${out}`);
}

const listed = z.looseObject({ cells: z.array(z.looseObject({ cell: z.string() })) });
const cellForm = z.strictObject({
  kind: z.string(),
  config: z.looseObject({}),
  text: z.string().exactOptional(),
});
const isCellId = (id: string): boolean => /^[0-9a-f]+$/.test(id);

/**
 * A cell that `--slurm` has written, by its place in the list.
 *
 * @throws ConfigError for a folder without a grid, a place that is not in it, and a cell that names code which may not
 *   run; CheckpointError for a cell that is not what its folder says.
 */
async function cellAt(out: string, place: number, allowCode: boolean): Promise<{ id: string; cell: Cell }> {
  const found = listed.safeParse(await readJsonFile(join(out, 'grid.json')));
  if (!found.success)
    throw new ConfigError(`grid cell: expected the folder of a grid, got ${out}, which has no list of cells`);
  const { cells } = found.data;
  const id = cells[place]?.cell;
  if (id === undefined)
    throw new ConfigError(`grid cell: expected a place below ${cells.length}, got ${place}`);
  const path = join(out, 'cells', id, 'config.json');
  const saved = isCellId(id) ? await readJsonFile(path) : undefined;
  // The cast: its fields are what openCellFolder writes, and the hash of them is its name.
  const cell = cellForm.safeParse(saved).success ? (saved as Cell) : undefined;
  if (!cell || cellHash(cell) !== id)
    throw new CheckpointError(
      `grid cell: expected ${path} to be the cell ${id}, got another; submit the grid again`,
    );
  const [code] = plugInsOf(cell.config);
  if (code && !allowCode)
    throw new ConfigError(
      `grid cell: cell ${id} runs the code of the ${code.kind} file ${code.path}; read that file, which could do anything, and give --allow-code to run it`,
    );
  return { id, cell };
}

/** Trains one cell of a grid, by its place: the work of an element of the array. */
export async function runElement(
  output: Output,
  out: string,
  place: number,
  allowCode: boolean,
): Promise<Outcome> {
  const { id, cell } = await cellAt(out, place, allowCode);
  const folder = join(out, 'cells', id);
  const before = await loadTrainResult(folder);
  if (before && before.status !== 'failed') return undefined;
  return withInterrupt(output, 'saving', async (signal) => {
    const attempt = await takeAttempt(folder, {
      holder: `process ${process.pid} on ${hostname()}`,
      staleMs: STALE_MS,
    });
    const run = join(attempt.folder, 'run');
    // What was trained without SLURM before.
    if (!(await stat(run).catch(() => undefined)))
      await rename(join(folder, 'run'), run).catch(() => undefined);
    const executor = localProcesses({ worker: workerEntry(), jobs: 1 });
    try {
      for (const end of [signal, attempt.lost]) end.addEventListener('abort', () => executor.cancel());
      if (signal.aborted) executor.cancel();
      const task = { stage: 'train', cell, folder: attempt.folder, threads: 1 } as const;
      const { result } = await executor.submit({
        ...task,
        onBegin: () => undefined,
        onProgress: () => undefined,
      });
      if (attempt.lost.aborted)
        throw new ConfigError(`cell ${folder}: was taken over by another while this was paused`);
      if (!result) return exitAfter(signal);
      await rm(join(folder, 'run'), { recursive: true, force: true });
      // It fails for one that was paused and whose attempt is another's now.
      if (result.status === 'done') await rename(run, join(folder, 'run'));
      await saveResult('train', folder, result);
      output.line(`cell ${id}: ${result.status}`);
      return undefined;
    } finally {
      await executor.close();
      await attempt.end();
    }
  });
}

const saved = z.strictObject({ args: z.array(z.string()), folder: z.string() });

/**
 * Chooses, tests and reports what an array has trained, by the command that submitted it.
 *
 * @throws ConfigError for a folder that was not submitted, whose cells are not all trained, or whose command somebody
 *   else has written.
 */
export async function collect(out: string, allowCode: boolean): Promise<Outcome> {
  const parsed = saved.safeParse(await readJsonFile(slurmFile(out)));
  if (!parsed.success)
    throw new ConfigError(`grid collect: expected a folder that was submitted with --slurm, got ${out}`);
  const { folder } = parsed.data;
  const args = [...parsed.data.args, '--out', relative(folder, resolve(out))];
  const { hashes } = await readTrust();
  if (!allowCode && !hashes.has(await hashOfFile(slurmFile(out))))
    throw new ConfigError(
      `grid collect: ${slurmFile(out)} was not written by this user on this machine; it runs 'pavlov ${args.map(quoted).join(' ')}' in ${folder}; run that yourself, or give --allow-code`,
    );
  const { cells, waiting } = await gridStatus(out, Date.now());
  if (waiting > 0)
    throw new ConfigError(
      `grid collect: expected ${cells} trained cells, got ${cells - waiting}; wait for the array (squeue), or submit the rest with the same command and --out ${out}`,
    );
  const [node = '', ...words] = ownProgram();
  const child = spawn(node, [...words, ...args], { cwd: folder, stdio: 'inherit' });
  // The same Ctrl-C reaches both.
  process.on('SIGINT', () => undefined);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done(code ?? EXIT.ours));
  });
}
