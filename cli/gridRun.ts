import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { QueuedCells } from '../experiments/queue/queueExecutor.js';
import type { GroupOutcome } from '../experiments/grid/contract.js';
import type { GridPlan, PlanRequest } from '../experiments/plan.js';
import type { CellLine } from '../experiments/rows.js';
import type { ReportMeta } from '../report/index.js';
import { withoutSecrets } from '../experiments/queue/address.js';
import { ConfigError } from '../src/core/errors.js';
import { ownModule } from '../src/core/ownPackage.js';
import { reportDate } from '../src/core/text.js';
import { exitOf } from './failure.js';
import type { LiveStatus } from './gridStatus.js';
import { GridView } from './gridView.js';
import { exitAfter, withInterrupt } from './interrupt.js';
import { finiteNumber, FORCE, nameList, repeated, wholeNumber } from './options.js';
import type { Output } from './output.js';
import { EXIT, type Outcome } from './verbs/contract.js';

/** Flags of every verb that runs a grid. */
export interface GridFlags {
  readonly task: string;
  readonly rule?: readonly string[];
  readonly gate?: readonly string[];
  readonly like?: readonly string[];
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
  readonly seeds: number | 'auto';
  readonly maxSeeds?: number;
  readonly budget?: number;
  readonly margin?: number;
  readonly lrGrid?: readonly number[];
  /** `true` for rates around that of the preset. */
  readonly lrSearch?: readonly number[] | true;
  readonly searchAlso?: string;
  readonly jobs?: number;
  readonly out?: string;
  readonly force?: boolean;
  /** Server whose workers run the cells. */
  readonly queue?: string;
  readonly pushData?: boolean;
  readonly dryRun?: boolean;
  /** Options of sbatch; `true` for none. */
  readonly slurm?: string | true;
}

const rates =
  (option: string) =>
  (text: string): readonly number[] => {
    const values = nameList(option)(text).map(finiteNumber(option, Number.MIN_VALUE));
    if (new Set(values).size === values.length) return values;
    throw new ConfigError(`${option}: expected different learning rates, got '${text}'; name each once`);
  };

/** What is searched for each variant. @throws ConfigError for a further setting without a search. */
function searchOf({ lrSearch, searchAlso: also }: GridFlags): PlanRequest['search'] {
  if (lrSearch === undefined) {
    if (also === undefined) return undefined;
    throw new ConfigError('--search-also: is searched together with the learning rate; add --lr-search');
  }
  return { ...(lrSearch !== true && { rates: lrSearch }), ...(also !== undefined && { also }) };
}

/** `5`, or `auto`. */
export function seedCount(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (/^\s*[-+]?\d/.test(text)) return wholeNumber('--seeds', 1)(text);
  throw new ConfigError(`--seeds: expected a whole number of at least 1 or 'auto', got '${text}'`);
}

/** `2h`, `1h30m`, `90s`: seconds. */
export function budget(text: string): number {
  const parts = /^(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/.exec(text.trim())?.slice(1) ?? [];
  const seconds = parts.reduce((sum, part, i) => sum + Number(part || 0) * 60 ** (2 - i), 0);
  if (parts.some((part) => part) && seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new ConfigError(`--budget: expected a time such as 2h, 1h30m, 45m or 90s, got '${text}'`);
}

/** Seeds until pairs are decided unless `maxSeeds` says otherwise. */
const MOST_SEEDS = 40;

/** How many seeds, or until when. @throws ConfigError for a limit on seeds that are not added. */
function seedsOf({ seeds, maxSeeds, budget: budgetSeconds }: GridFlags): PlanRequest['seeds'] {
  if (seeds === 'auto')
    return { maxSeeds: maxSeeds ?? MOST_SEEDS, ...(budgetSeconds !== undefined && { budgetSeconds }) };
  const limit = maxSeeds !== undefined ? '--max-seeds' : budgetSeconds !== undefined ? '--budget' : undefined;
  if (limit === undefined) return seeds;
  throw new ConfigError(`${limit}: ends the seeds of --seeds auto, got --seeds ${seeds}; leave one out`);
}

/** Adds the flags that say what a grid compares and how it runs, with so many seeds unless given. */
export function addGridFlags(command: Command, seeds: number, rulesDefault: string): Command {
  return command
    .option(
      '--rule <names>',
      `comma-separated rules, rule files or mixers without a rule (default: ${rulesDefault})`,
      nameList('--rule'),
    )
    .option(
      '--gate <names>',
      "comma-separated decay gates or gate files (default: the preset's gate)",
      nameList('--gate'),
    )
    .option(
      '--like <names>',
      'comma-separated published models, each with its rule, gate and options (docs/known-as.md)',
      nameList('--like'),
    )
    .option('--config <file>', 'JSON or YAML config file; its settings override the preset')
    .option('--set <path=value>', 'override one setting in every cell; repeatable', repeated)
    .option('--vary <path=values>', 'a setting to vary over comma-separated values; repeatable', repeated)
    .option(
      '--seeds <n>',
      "number of seeds: 1 to n, or 'auto': as many as it takes to decide every pair",
      seedCount,
      seeds,
    )
    .option(
      '--max-seeds <n>',
      `with --seeds auto, seeds of a variant at most (default: ${MOST_SEEDS})`,
      wholeNumber('--max-seeds', 2),
    )
    .option('--budget <time>', 'with --seeds auto, time for all seeds, such as 2h or 90m', budget)
    .option(
      '--margin <x>',
      'difference below which two variants count as equivalent; 0 for never (default: by the metric)',
      finiteNumber('--margin', 0),
    )
    .option(
      '--lr-grid <rates>',
      'comma-separated learning rates; the best on validation is used',
      rates('--lr-grid'),
    )
    .option(
      '--lr-search [rates]',
      'search the rate of each variant on parts of the training (default: a tenth to ten times that of the preset)',
      rates('--lr-search'),
    )
    .option('--search-also <path=values>', 'one more setting to search, with comma-separated values')
    .option('--jobs <n>', 'worker processes (default: number of cores)', wholeNumber('--jobs', 1, 1024))
    .option(
      '--queue <url>',
      "run the cells by the 'pavlov worker' processes of a Redis server: redis://host:6379",
    )
    .option('--push-data', 'with --queue, send workers the text as well, up to 200 MB')
    .option('--out <folder>', 'output folder; an interrupted grid is resumed (default: new, in checkpoints/)')
    .option('--slurm [options]', 'submit the cells as an array job of SLURM, with further options of sbatch')
    .option('--dry-run', 'say how many cells there are, with which settings, and how long they will take')
    .option(...FORCE)
    .option('--json', 'print one JSON document');
}

/** What these flags ask to be planned. */
export async function planRequest(flags: GridFlags, output: Pick<Output, 'note'>): Promise<PlanRequest> {
  const { plugInLoader } = await import('./plugIns/load.js');
  const { task, rule, gate, like, preset, config, set, vary, margin, lrGrid, force } = flags;
  const search = searchOf(flags);
  return {
    task,
    seeds: seedsOf(flags),
    loader: plugInLoader(output),
    ...(margin !== undefined && { margin }),
    ...(rule && { rules: rule }),
    ...(gate && { gates: gate }),
    ...(like && { likes: like }),
    ...(preset !== undefined && { preset }),
    ...(config !== undefined && { config }),
    ...(set && { sets: set }),
    ...(vary && { vary }),
    ...(lrGrid && { lrGrid }),
    ...(search && { search }),
    ...(force === true && { force }),
  };
}

/** A folder that does not exist yet: `checkpoints/recall-mqar`, `...-2`. */
async function freeFolder(name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = join('checkpoints', n === 1 ? name : `${name}-${n}`);
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined) return folder;
  }
}

/** The command line of this process, quoted for a shell, where it is that of the verb. */
export function commandText(verb: string): string {
  const args = process.argv.slice(2);
  const quoted = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  const words = ['pavlov', ...(args[0] === verb ? args : [verb])];
  // A command is written into the grid's folder and its reports.
  return words.map((word) => quoted(withoutSecrets(word))).join(' ');
}

/** The program of a worker process. */
export function workerEntry(): { readonly file: string; readonly execArgv: readonly string[] } {
  return { file: fileURLToPath(ownModule('cli/gridWorker')), execArgv: process.execArgv };
}

/** Workers elsewhere. */
interface Elsewhere {
  readonly open: () => Promise<QueuedCells>;
  readonly workers: () => Promise<LiveStatus['workers']>;
}

/** The workers that the flags ask for; none for processes of this machine. */
async function elsewhere(
  { queue: url, pushData = false, jobs }: Pick<GridFlags, 'queue' | 'pushData' | 'jobs'>,
  output: Output,
): Promise<Elsewhere | undefined> {
  if (url === undefined) {
    if (pushData) throw new ConfigError('--push-data: sends text to the workers of a queue; add --queue');
    return undefined;
  }
  if (jobs !== undefined)
    throw new ConfigError('--jobs: with --queue, cells run in the workers; give --jobs to pavlov worker');
  const { queuedCells } = await import('../experiments/queue/queueExecutor.js');
  let opened: QueuedCells | undefined;
  return {
    open: async () => (opened = await queuedCells({ url, pushData, onNote: (text) => output.note(text) })),
    workers: async () =>
      ((await opened?.workers()) ?? []).map(({ host, jobs: places, busy }) => ({
        name: host,
        jobs: places,
        busy,
      })),
  };
}

/** A grid that ran to its end. */
interface FinishedGrid {
  readonly out: string;
  readonly groups: readonly GroupOutcome[];
  /** With the cells that were run in the end. */
  readonly plan: GridPlan;
  readonly meta: ReportMeta;
}

interface GridRun {
  readonly verb: string;
  readonly plan: GridPlan;
  readonly flags: Pick<GridFlags, 'out' | 'jobs' | 'force' | 'queue' | 'pushData' | 'dryRun' | 'slurm'>;
}

/** Whether a grid is not run here: it is described, or submitted to a cluster. */
async function isOnlyPlanned(output: Output, { verb, plan, flags }: GridRun): Promise<boolean> {
  const isDry = flags.dryRun === true;
  if (flags.slurm !== undefined) {
    const { submitArray } = await import('./slurm.js');
    const options = flags.slurm === true ? '' : flags.slurm;
    const out = flags.out ?? (await freeFolder(`${verb}-${plan.task}`));
    await submitArray(output, plan, { out, options, isDry });
    return true;
  }
  if (!isDry) return false;
  const { dryRun } = await import('./gridDryRun.js');
  await dryRun(output, plan, { jobs: flags.jobs, worker: workerEntry() });
  return true;
}

/**
 * Runs a grid and draws its progress, then hands it to `finish`. One that is interrupted ends with a word on how to
 * resume it.
 */
export async function runPlanned(
  output: Output,
  { verb, plan, flags }: GridRun,
  finish: (grid: FinishedGrid) => Promise<Outcome>,
): Promise<Outcome> {
  const { runPlan } = await import('../experiments/runPlan.js');
  const { trustNamedPlugIns } = await import('./plugIns/load.js');
  await trustNamedPlugIns(output);
  for (const note of plan.notes) output.note(note);
  if (await isOnlyPlanned(output, { verb, plan, flags })) return undefined;
  const { placeOf } = await import('./gridDryRun.js');
  const place = placeOf(plan.cells, flags);
  const view = new GridView(output, plan.cells, place);
  // What runs at once altogether is not worth a wait.
  const isLong = place.processes !== undefined && plan.cells.length > place.processes;
  const out = flags.out ?? (await freeFolder(`${verb}-${plan.task}`));
  const executor = await elsewhere(flags, output);
  const promise = executor
    ? 'leaving the cells under way to their workers'
    : 'finishing the current steps and saving';
  return withInterrupt(output, promise, async (signal) => {
    const { keepLive } = await import('./gridStatus.js');
    const live = keepLive(out, () => view.live, executor?.workers);
    const outcome = await runPlan(plan, {
      out,
      signal,
      command: commandText(verb),
      worker: workerEntry(),
      clock: () => performance.now(),
      onEvent: (event) => view.show(event),
      onCells: (cells) => view.know(cells),
      ...(executor && { executor: executor.open }),
      ...(isLong && { measured: view.measured }),
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
      ...(flags.force === true && { force: true }),
    }).finally(() => {
      view.clear();
      live.end();
    });
    const { facts } = outcome;
    for (const note of facts.notes.slice(plan.notes.length)) output.note(note);
    if (outcome.type === 'done') {
      return finish({
        out,
        groups: outcome.groups,
        plan: outcome.plan,
        meta: { ...facts, date: reportDate(new Date()) },
      });
    }
    const { finished, cells } = outcome;
    output.note(`${finished} of ${cells} cells are done; resume with the same command and --out ${out}`);
    if (output.json) output.document({ type: 'interrupted', finished, cells, out });
    return exitAfter(signal);
  });
}

/** The exit code of a grid in which not one chosen cell has a result: that of what its cells came to. */
export function exitOfCells(cells: readonly CellLine[]): number {
  // A cell that was not chosen is no result, however well it was trained.
  if (cells.some(({ status, chosen }) => chosen && status === 'done')) return EXIT.done;
  const failed = cells.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return EXIT.nonFinite;
  // Cells that failed alike, such as for a full disk, end as one run would have.
  const [exit = EXIT.ours, ...others] = new Set(failed.map(({ code }) => exitOf(code)));
  return others.length === 0 ? exit : EXIT.ours;
}
