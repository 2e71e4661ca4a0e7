import { z } from 'zod';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, platform, release, arch, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageVersion } from './grid/cellHash.js';
import { valueAt } from '../src/core/valueAt.js';
import { ConfigError } from '../src/core/errors.js';
import { callback, made, optionsCheck, signal as ends } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import { checkApart } from '../train/runFolder.js';
import type { Cell, GridOutcome, GridRequest, GroupOutcome } from './grid/contract.js';
import type { Clock } from '../train/clock.js';
import { checkGridFolder, lockGrid, writeJsonFile } from './grid/gridFolder.js';
import { runGrid } from './grid/runGrid.js';
import type { GridPlan } from './plan.js';
import { SeedRounds } from './seedRounds.js';

/** What a grid was run with, for its reports. */
export interface GridFacts {
  /** What makes the same grid again. */
  readonly command: string;
  /** Of what computes, by name: a result may differ in its last digits with any of them. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<'processor' | 'cores' | 'memory' | 'system', string | number>>;
  readonly notes: readonly string[];
}

/** How a plan is run. */
export interface RunPlanOptions extends Pick<GridRequest, 'out' | 'signal' | 'onEvent'> {
  /** What makes the same grid again, for `grid.json` and reports. */
  readonly command?: string;
  /** Worker processes; as many as cores unless given. */
  readonly jobs?: number;
  /** The program that works on cells; one that knows the rules of this package unless given. */
  readonly worker?: GridRequest['worker'];
  /** What measures the time that a budget is of; needed for a plan with one. */
  readonly clock?: Clock;
}

const checkOptions = optionsCheck<RunPlanOptions>({
  out: z.string(),
  command: z.string().optional(),
  jobs: count.optional(),
  worker: made<GridRequest['worker']>('a program').optional(),
  signal: ends.optional(),
  onEvent: callback<NonNullable<GridRequest['onEvent']>>().optional(),
  clock: callback<Clock>().optional(),
});

function versionsHere(): GridFacts['versions'] {
  const resolve = createRequire(import.meta.url);
  // The cast: a package.json is an object with the version it was installed as.
  const installed = (name: string): string =>
    (resolve(`${name}/package.json`) as { readonly version: string }).version;
  return {
    pavlov: packageVersion(),
    Node: process.version,
    'ONNX Runtime': installed('onnxruntime-node'),
    'TensorFlow.js': installed('@tensorflow/tfjs-core'),
  };
}

function factsHere(command: string, notes: readonly string[]): GridFacts {
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${(totalmem() / 1e9).toFixed(1)} GB`,
    system: `${platform()} ${release()} ${arch()}`,
  };
  return { command, versions: versionsHere(), machine, notes };
}

/**
 * Worker processes, and the threads of the engine in each, for this machine. They depend on the whole grid, so that
 * how far it is does not change how it is computed.
 */
function sharesOf(wanted: number | undefined, cells: number): Pick<GridRequest, 'jobs' | 'threads'> {
  const cores = availableParallelism();
  const jobs = Math.max(1, Math.min(wanted ?? cores, cells));
  return { jobs, threads: Math.max(1, Math.floor(cores / jobs)) };
}

/** The program beside this one, TypeScript or JavaScript as this one is. */
function ownWorker(): GridRequest['worker'] {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./grid/workerProgram.${extension}`, import.meta.url));
  return { file, execArgv: process.execArgv };
}

/** Where the text of a cell comes from; undefined for one of a task. */
function sourceOf({ config }: Cell): string | undefined {
  const source = valueAt(config, ['data', 'source']);
  return typeof source === 'string' ? source : undefined;
}

/** Outcomes in the order of the plan's cells, whichever round they come from. */
function inPlanOrder({ cells }: GridPlan, groups: readonly GroupOutcome[]): readonly GroupOutcome[] {
  const places = new Map(cells.map(({ id }, place) => [id, place]));
  const placeOf = ({ cells: [first] }: GroupOutcome): number => places.get(first?.id ?? '') ?? 0;
  return [...groups].sort((a, b) => placeOf(a) - placeOf(b));
}

/**
 * Runs the cells of a plan in its folder, which is made where it is missing, and writes `grid.json` there: what is
 * to be done, and what it is done with. Of a plan whose seeds are added until pairs are decided, the notes of `facts` say
 * why they ended.
 *
 * A grid that was interrupted is resumed in its folder.
 * @throws ConfigError for a folder with files of anything else, one that is not apart from the data, or a budget without
 *   a clock; else as `runGrid`.
 */
export async function runPlan(
  plan: GridPlan,
  options: RunPlanOptions,
): Promise<GridOutcome & { readonly facts: GridFacts }> {
  const {
    out,
    command = '',
    jobs,
    worker = ownWorker(),
    signal,
    onEvent,
    clock,
  } = checkOptions('runPlan', options);
  const { task, cells, notes, auto } = plan;
  if (auto?.budgetSeconds !== undefined && !clock)
    throw new ConfigError(
      'runPlan: expected a clock for a plan with a budget, got none; give performance.now',
    );
  await checkGridFolder(out);
  for (const source of new Set(cells.flatMap(({ cell }) => sourceOf(cell) ?? [])))
    await checkApart(out, source);
  const facts = factsHere(command, notes);
  const list = cells.map(({ id, variant, seed, learningRate }) => ({
    cell: id,
    variant,
    seed,
    learningRate,
  }));
  // The list of a grid that another process works on stays as it is.
  const unlock = await lockGrid(out);
  await writeJsonFile(join(out, 'grid.json'), { ...facts, task, cells: list }).finally(unlock);
  const rounds = auto && (await SeedRounds.open(plan, auto, out, clock ?? (() => 0)));
  const outcome = await runGrid({
    out,
    cells: rounds ? rounds.first() : cells.map(({ cell }) => cell),
    worker,
    ...sharesOf(jobs, cells.length),
    ...(rounds && { more: (groups: readonly GroupOutcome[]) => rounds.next(groups) }),
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
  });
  if (outcome.type === 'interrupted') {
    await rounds?.endRound(false);
    return { ...outcome, facts };
  }
  const told = rounds ? { ...facts, notes: [...facts.notes, rounds.ending] } : facts;
  return { ...outcome, groups: inPlanOrder(plan, outcome.groups), facts: told };
}
