import type { Comparison } from '../../../eval/compare/comparison.js';
import { EQUAL_MODES, type EqualMode } from '../../../experiments/equalise.js';
import { addGridFlags, exitOfCells, planRequest, runPlanned, type GridFlags } from '../../gridRun.js';
import { type Output, createWorkLine } from '../../output.js';
import { TEXT_COLUMN } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface CompareFlags extends GridFlags {
  readonly data?: string;
  readonly textColumn?: string;
  readonly equal?: string;
}

/** Verdicts printed at most; the report has all. */
const MOST_VERDICTS = 12;

async function equalMode(text: string | undefined): Promise<EqualMode | undefined> {
  const { lookUp } = await import('../../../src/core/errors.js');
  if (text === undefined) return undefined;
  return lookUp('--equal', Object.fromEntries(EQUAL_MODES.map((mode) => [mode, mode])), text);
}

async function print(output: Output, { tasks }: Comparison, out: string): Promise<void> {
  const { pickColumns, textTable } = await import('../../../report/table.js');
  const { TERMINAL_COLUMNS, variantTable } = await import('../../../report/compare/tables.js');
  const { verdictLines } = await import('../../../eval/compare/verdictText.js');
  for (const task of tasks) {
    const table = variantTable(task);
    output.line(`\n${table.title}\n${textTable(pickColumns(table, TERMINAL_COLUMNS(task)))}\n`);
    for (const finding of task.findings) output.line(finding);
    for (const { label, seed, status } of task.failures) output.line(`${label}, seed ${seed}: ${status}`);
    const verdicts = verdictLines(task.pairs);
    for (const { text } of verdicts.slice(0, MOST_VERDICTS)) output.line(`- ${text}`);
    const more = verdicts.length - MOST_VERDICTS;
    if (more > 0) output.line(`- ${more} more in the report`);
  }
  output.line(`\nwritten to ${out}: report.html, report.md, results.csv, results.jsonl`);
}

async function compareVariants({ output }: Context, flags: CompareFlags): Promise<Outcome> {
  const { planGrid } = await import('../../../experiments/plan.js');
  const { cellLines } = await import('../../../experiments/rows.js');
  const { rules } = await import('../../../src/rules/registry.js');
  const { data, textColumn, set = [] } = flags;
  const equal = await equalMode(flags.equal);
  const sets = [
    ...(data === undefined ? [] : [`data.source=${data}`]),
    ...(textColumn === undefined ? [] : [`data.textColumn=${textColumn}`]),
    ...set,
  ];
  const request = await planRequest({ ...flags, set: sets, rule: flags.rule ?? Object.keys(rules) });
  const work = createWorkLine(output);
  const planning = planGrid({ ...request, ...(equal && { equal }), onProgress: work.show });
  const plan = await planning.finally(() => work.clear());
  return runPlanned(output, { verb: 'compare', plan, flags }, async ({ out, groups, meta }) => {
    const { writeComparison } = await import('../../../report/compare/writeComparison.js');
    const comparison = await writeComparison(out, plan, groups, meta);
    if (output.json) output.document({ ...meta, out, ...comparison });
    else await print(output, comparison, out);
    return exitOfCells(cellLines(plan, groups));
  });
}

/** `pavlov compare` */
export const compare: Verb = {
  name: 'compare',
  summary: 'compare rules, gates and settings over seeds, with statistics and a report',
  example:
    'pavlov compare --rule hebbian,delta --seeds 2 --task induction --set train.samples=2000 --out checkpoints/compared',
  define: (command, act) => {
    command
      .option('--task <name>', "a synthetic task, or 'stories'", 'mqar')
      .option('--preset <name>', 'preset of the task, or of a run on stories (default: smoke)')
      .option('--data <source>', "stories only: a prepared set, a folder, a file, or 'toy'")
      .option(...TEXT_COLUMN)
      .option('--equal <what>', 'match variants in parameters (by MLP width) or in state (by value size)');
    addGridFlags(command, 3, 'all rules').action(act(compareVariants));
  },
};
