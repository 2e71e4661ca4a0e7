import type { Comparison } from '../../../eval/compare/comparison.js';
import { exitOfCells } from '../../exitCodes.js';
import type { EqualMode } from '../../../experiments/equalise.js';
import { addGridFlags, type GridFlags } from '../../grid/gridFlags.js';
import { exitAfter } from '../../interrupt.js';
import { nameList } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { textTable } from '../../../report/textTable.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface CompareFlags extends GridFlags {
  readonly rule?: readonly string[];
  readonly gate?: readonly string[];
  readonly data?: string;
  readonly equal?: string;
}

const EQUAL_MODES: readonly EqualMode[] = ['parameters', 'state'];

/** Verdicts printed at most; the report has all. */
const MOST_VERDICTS = 12;

async function equalMode(text: string | undefined): Promise<EqualMode | undefined> {
  const { lookUp } = await import('../../../src/core/errors.js');
  if (text === undefined) return undefined;
  return lookUp('--equal', Object.fromEntries(EQUAL_MODES.map((mode) => [mode, mode])), text);
}

/** All rules, where none are named: that is the question. */
async function chosenRules(rules: readonly string[] | undefined): Promise<readonly string[]> {
  return rules ?? Object.keys((await import('../../../src/rules/registry.js')).rules);
}

async function print(output: Output, comparison: Comparison, out: string): Promise<void> {
  const { taskTables } = await import('../../../report/compare/comparisonTables.js');
  const { cellText, numberColumns } = await import('../../../report/lab/labTables.js');
  for (const { title, table, findings, pairs } of taskTables(comparison)) {
    const rows = table.rows.map((row) => row.map(cellText));
    output.line(`\n${title}\n${textTable(table.head, rows, numberColumns(table))}\n`);
    for (const finding of findings) output.line(finding);
    for (const pair of pairs.slice(0, MOST_VERDICTS)) output.line(`- ${pair}`);
    if (pairs.length > MOST_VERDICTS) output.line(`- ${pairs.length - MOST_VERDICTS} more in the report`);
  }
  output.line(`\nwritten to ${out}: report.html, report.md, results.csv, results.jsonl`);
}

async function compareVariants({ output }: Context, flags: CompareFlags): Promise<Outcome> {
  const { planGrid } = await import('../../../experiments/plan.js');
  const { openGridFolder } = await import('../../grid/gridFolder.js');
  const { runPlan } = await import('../../grid/runPlan.js');
  const { cellLines } = await import('../../../experiments/rows.js');
  const { keepComparison } = await import('../../grid/keepComparison.js');
  const { task, preset, config, data, vary, seeds, lrGrid, gate } = flags;
  const equal = await equalMode(flags.equal);
  const sets = [...(data === undefined ? [] : [`data.source=${data}`]), ...(flags.set ?? [])];
  const { loadRule } = await import('../../ruleFile.js');
  const plan = await planGrid({
    loadRule,
    task,
    seeds,
    sets,
    rules: await chosenRules(flags.rule),
    ...(preset !== undefined && { preset }),
    ...(config !== undefined && { config }),
    ...(vary && { vary }),
    ...(lrGrid && { lrGrid }),
    ...(gate && { gates: gate }),
    ...(equal && { equal }),
  });
  const { out, facts } = await openGridFolder('compare', flags.out, plan);
  const { groups, signal } = await runPlan(output, plan, { out, jobs: flags.jobs });
  if (groups === undefined) return exitAfter(signal);
  const comparison = await keepComparison(out, plan, groups, facts);
  if (output.json) output.document({ ...facts, out, ...comparison });
  else await print(output, comparison, out);
  return exitOfCells(cellLines(plan, groups));
}

/** `pavlov compare` */
export const compare: Verb = {
  name: 'compare',
  summary: 'compare rules, gates and settings over seeds, with statistics and a report',
  example:
    'pavlov compare --rule hebbian,delta --seeds 2 --task induction --set train.samples=2000 --out checkpoints/compared',
  define: (command, act) => {
    command
      .option(
        '--rule <names>',
        "rules between commas, or 'softmax' for the baseline head (default: all rules)",
        nameList('--rule'),
      )
      .option(
        '--gate <names>',
        'decay gates between commas (default: that of the preset)',
        nameList('--gate'),
      )
      .option('--task <name>', "a synthetic task, or 'stories'", 'mqar')
      .option('--preset <name>', 'of the task, or of the run on stories (default: smoke)')
      .option('--data <source>', "of a run on stories: a prepared set, a folder, a file, or 'toy'")
      .option(
        '--equal <what>',
        'make variants equal in parameters (by MLP width) or in state (by value size)',
      )
      .option(
        '--out <folder>',
        'folder of the grid; one that was interrupted goes on there (default: a new one in checkpoints/)',
      );
    addGridFlags(command, 3).action(act(compareVariants));
  },
};
