import { z } from 'zod';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, platform, release, arch, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { valueAt } from '../src/core/valueAt.js';
import { ConfigError } from '../src/core/errors.js';
import { callback, made, optionsCheck, signal as ends } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import type { RunConfig } from '../train/config/schema.js';
import { checkMemoryOfJobs } from '../train/memory.js';
import { ownModule, packageVersion } from '../src/core/ownPackage.js';
import { checkApart } from '../train/runFolder.js';
import type { TaskRunConfig } from '../train/tasks/schema.js';
import type {
  Cell,
  CellExecutor,
  GridOutcome,
  GridRequest,
  GridRound,
  GroupOutcome,
  WorkerEntry,
} from './grid/contract.js';
import type { Clock } from '../train/clock.js';
import { checkGridFolder, lockGrid, writeJsonFile } from './grid/gridFolder.js';
import { runGrid } from './grid/runGrid.js';
import { localProcesses } from './grid/workerPool.js';
import { LrSearch } from './lrSearch.js';
import type { GridPlan } from './plan.js';
import type { PlannedCell } from './subject.js';
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
  /** Run also what memory does not seem to suffice for. */
  readonly force?: boolean;
  /** The program that works on cells; one that knows the rules of this package unless given. */
  readonly worker?: WorkerEntry;
  /** Opens what runs the cells elsewhere than in processes of this machine, each with one thread unless its config says another. */
  readonly executor?: () => Promise<CellExecutor>;
  /** The first cell runs alone until this is settled, for somebody to measure it by. */
  readonly measured?: Promise<void>;
  /** What measures the time that a budget is of; needed for a plan with one. */
  readonly clock?: Clock;
  /** Told of cells that are planned while the grid runs: those of a search, and of what it chose. */
  readonly onCells?: (cells: readonly PlannedCell[]) => void;
}

const checkOptions = optionsCheck<RunPlanOptions>({
  out: z.string(),
  command: z.string().optional(),
  jobs: count.optional(),
  force: z.boolean().optional(),
  worker: made<WorkerEntry>('a program').optional(),
  executor: callback<() => Promise<CellExecutor>>().optional(),
  measured: made<Promise<void>>('a promise').optional(),
  signal: ends.optional(),
  onEvent: callback<NonNullable<GridRequest['onEvent']>>().optional(),
  clock: callback<Clock>().optional(),
  onCells: callback<NonNullable<RunPlanOptions['onCells']>>().optional(),
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
function sharesOf(
  wanted: number | undefined,
  cells: number,
): { readonly jobs: number; readonly threads: number } {
  const cores = availableParallelism();
  const jobs = Math.max(1, Math.min(wanted ?? cores, cells));
  return { jobs, threads: Math.max(1, Math.floor(cores / jobs)) };
}

function ownWorker(): WorkerEntry {
  return { file: fileURLToPath(ownModule('experiments/grid/workerProgram')), execArgv: process.execArgv };
}

/** The same executor, but its first task runs alone until then, or until it ends. */
function oneFirst(executor: CellExecutor, measured: Promise<void>): CellExecutor {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  void measured.then(open);
  let isFirst = true;
  return {
    submit: async (task, options) => {
      if (!isFirst) await opened;
      isFirst = false;
      return executor.submit(task, options).finally(open);
    },
    cancel: () => {
      executor.cancel();
      open();
    },
    close: async () => executor.close(),
  };
}

/** Processes of this machine, of which one alone is used until the first cell is measured, where somebody measures it. */
function processesHere(worker: WorkerEntry, jobs: number, measured?: Promise<void>): CellExecutor {
  const local = localProcesses({ worker, jobs });
  return measured ? oneFirst(local, measured) : local;
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

/** The cells of a plan as its folder lists them. */
async function listCells(out: string, { task, cells }: GridPlan, facts: GridFacts): Promise<void> {
  const list = cells.map(({ id, variant, seed, learningRate }) => ({
    cell: id,
    variant,
    seed,
    learningRate,
  }));
  await writeJsonFile(join(out, 'grid.json'), { ...facts, task, cells: list });
}

/** The rounds of a plan: the search of learning rates, then all seeds or one after the other. */
class PlanRounds {
  private readonly search: LrSearch | undefined;
  private readonly startedAt: number;
  private seeds: SeedRounds | undefined;
  private begun = false;

  constructor(
    /** With the cells that the search has chosen, once it has. */
    public plan: GridPlan,
    private readonly options: {
      readonly out: string;
      readonly clock: Clock;
      readonly facts: GridFacts;
    } & Pick<RunPlanOptions, 'onCells'>,
  ) {
    const { search } = plan;
    this.search =
      search && new LrSearch(search.request, search.subjects, (cell) => options.onCells?.([cell]));
    this.startedAt = options.clock();
  }

  async next(groups: readonly GroupOutcome[], last: readonly GroupOutcome[]): Promise<GridRound> {
    if (!this.begun) {
      const round = await this.search?.next(last);
      return round && round.cells.length > 0 ? round : this.begin();
    }
    return this.seeds ? this.seeds.next(groups) : { cells: [] };
  }

  /** Keeps the time of a round that was stopped. */
  async stop(): Promise<void> {
    await this.seeds?.endRound(false);
  }

  /** Sentences on how it went. */
  notes(): string[] {
    return [...(this.search?.notes() ?? []), ...(this.seeds ? [this.seeds.ending] : [])];
  }

  private async begin(): Promise<GridRound> {
    this.begun = true;
    const { out, clock, facts, onCells } = this.options;
    const searchedSeconds = this.search ? (clock() - this.startedAt) / 1000 : 0;
    if (this.search && this.plan.search) {
      const cells = await this.plan.search.cells(this.search.chosenSets());
      const searched = this.search.result();
      // Written before the first test, which it is never changed after.
      await writeJsonFile(join(out, 'search.json'), searched);
      this.plan = { ...this.plan, cells, searched };
      await listCells(out, this.plan, facts);
      onCells?.(cells);
    }
    const { auto, cells } = this.plan;
    if (!auto) return { cells: cells.map(({ cell }) => cell) };
    this.seeds = await SeedRounds.open(this.plan, auto, out, clock);
    return { cells: await this.seeds.first(searchedSeconds) };
  }
}

/**
 * Runs the cells of a plan in its folder, which is made where it is missing, and writes `grid.json` there: what is
 * to be done, and what it is done with. Of a plan whose learning rates are searched, or whose seeds are added until pairs are
 * decided, the notes of `facts` say how that ended, and the `plan` of the outcome has the cells that were chosen.
 *
 * A grid that was interrupted is resumed in its folder.
 * @throws ConfigError for a folder with files of anything else, one that is not apart from the data, more jobs than fit
 *   into memory, or a budget without a clock; else as `runGrid`.
 */
export async function runPlan(
  plan: GridPlan,
  options: RunPlanOptions,
): Promise<GridOutcome & { readonly facts: GridFacts; readonly plan: GridPlan }> {
  const {
    out,
    command = '',
    jobs,
    force = false,
    worker = ownWorker(),
    executor,
    measured,
    signal,
    onEvent,
    onCells,
    clock,
  } = checkOptions('runPlan', options);
  const { cells, notes, auto } = plan;
  if (auto?.budgetSeconds !== undefined && !clock)
    throw new ConfigError(
      'runPlan: expected a clock for a plan with a budget, got none; give performance.now',
    );
  const shares = sharesOf(jobs, cells.length);
  // The cast: what has a model is a run, whose config the plan has resolved.
  const configs = cells.flatMap(({ cell: { config } }) =>
    'model' in config ? [config as unknown as RunConfig | TaskRunConfig] : [],
  );
  if (!force && !executor) checkMemoryOfJobs(configs, shares.jobs);
  await checkGridFolder(out);
  for (const source of new Set(cells.flatMap(({ cell }) => sourceOf(cell) ?? [])))
    await checkApart(out, source);
  const facts = factsHere(command, notes);
  // The list of a grid that another process works on stays as it is.
  const unlock = await lockGrid(out);
  try {
    await listCells(out, plan, facts);
  } finally {
    await unlock();
  }
  const rounds = new PlanRounds(plan, { out, clock: clock ?? (() => 0), facts, ...(onCells && { onCells }) });
  const outcome = await runGrid({
    out,
    cells: [],
    more: (groups, last) => rounds.next(groups, last),
    ...(executor
      ? { executor: await executor(), threads: 1 }
      : { executor: processesHere(worker, shares.jobs, measured), threads: shares.threads }),
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
  });
  const told = { ...facts, notes: [...facts.notes, ...rounds.notes()] };
  if (outcome.type === 'done')
    return { ...outcome, groups: inPlanOrder(rounds.plan, outcome.groups), facts: told, plan: rounds.plan };
  await rounds.stop();
  return { ...outcome, facts, plan: rounds.plan };
}
