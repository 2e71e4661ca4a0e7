import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { GroupOutcome } from '../experiments/grid/contract.js';
import type { GridPlan, PlanRequest } from '../experiments/plan.js';
import type { CellLine } from '../experiments/rows.js';
import type { ReportMeta } from '../report/index.js';
import { ConfigError } from '../src/core/errors.js';
import { exitOf } from './failure.js';
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
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
  readonly seeds: number;
  readonly lrGrid?: readonly number[];
  readonly jobs?: number;
  readonly out?: string;
  readonly force?: boolean;
}

function rates(text: string): readonly number[] {
  const values = nameList('--lr-grid')(text).map(finiteNumber('--lr-grid', Number.MIN_VALUE));
  if (new Set(values).size === values.length) return values;
  throw new ConfigError(`--lr-grid: expected different learning rates, got '${text}'; name each once`);
}

/** Adds the flags that say what a grid compares and how it runs, with so many seeds unless given. */
export function addGridFlags(command: Command, seeds: number, rulesDefault: string): Command {
  return command
    .option(
      '--rule <names>',
      `comma-separated rules, rule files or mixers without a rule (default: ${rulesDefault})`,
      nameList('--rule'),
    )
    .option('--gate <names>', "comma-separated decay gates (default: the preset's gate)", nameList('--gate'))
    .option('--config <file>', 'JSON or YAML config file; its settings override the preset')
    .option('--set <path=value>', 'override one setting in every cell; repeatable', repeated)
    .option('--vary <path=values>', 'a setting to vary over comma-separated values; repeatable', repeated)
    .option('--seeds <n>', 'number of seeds: 1 to n', wholeNumber('--seeds', 1), seeds)
    .option('--lr-grid <rates>', 'comma-separated learning rates; the best on validation is used', rates)
    .option('--jobs <n>', 'worker processes (default: number of cores)', wholeNumber('--jobs', 1, 1024))
    .option('--out <folder>', 'output folder; an interrupted grid is resumed (default: new, in checkpoints/)')
    .option(...FORCE)
    .option('--json', 'print one JSON document');
}

/** What these flags ask to be planned. */
export async function planRequest(flags: GridFlags): Promise<PlanRequest> {
  const { loadRule } = await import('./ruleFile.js');
  const { task, rule, gate, preset, config, set, vary, seeds, lrGrid, force } = flags;
  return {
    task,
    seeds,
    loadRule,
    ...(rule && { rules: rule }),
    ...(gate && { gates: gate }),
    ...(preset !== undefined && { preset }),
    ...(config !== undefined && { config }),
    ...(set && { sets: set }),
    ...(vary && { vary }),
    ...(lrGrid && { lrGrid }),
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
function commandText(verb: string): string {
  const args = process.argv.slice(2);
  const quoted = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return ['pavlov', ...(args[0] === verb ? args : [verb])].map(quoted).join(' ');
}

/** The program beside this one, TypeScript or JavaScript as this one is. */
function workerEntry(): { readonly file: string; readonly execArgv: readonly string[] } {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./gridWorker.${extension}`, import.meta.url));
  return { file, execArgv: process.execArgv };
}

/** A grid that ran to its end. */
interface FinishedGrid {
  readonly out: string;
  readonly groups: readonly GroupOutcome[];
  readonly meta: ReportMeta;
}

/**
 * Runs a grid and draws its progress, then hands it to `finish`. One that is interrupted ends with a word on how to
 * resume it.
 */
export async function runPlanned(
  output: Output,
  { verb, plan, flags }: { readonly verb: string; readonly plan: GridPlan; readonly flags: GridFlags },
  finish: (grid: FinishedGrid) => Promise<Outcome>,
): Promise<Outcome> {
  const { runPlan } = await import('../experiments/runPlan.js');
  const { trustNamedRules } = await import('./ruleFile.js');
  await trustNamedRules(output);
  for (const note of plan.notes) output.note(note);
  const view = new GridView(output, plan.cells);
  const out = flags.out ?? (await freeFolder(`${verb}-${plan.task}`));
  const promise = 'finishing the current steps and saving';
  return withInterrupt(output, promise, async (signal) => {
    const outcome = await runPlan(plan, {
      out,
      signal,
      command: commandText(verb),
      worker: workerEntry(),
      onEvent: (event) => view.show(event),
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
    }).finally(() => view.clear());
    const { facts } = outcome;
    if (outcome.type === 'done') {
      const date = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
      return finish({ out, groups: outcome.groups, meta: { ...facts, date } });
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
