import { tasks } from '../../../data/tasks/registry.js';
import { exitOfCells } from '../../exitCodes.js';
import type { RecallSummary } from '../../../experiments/recallSummary.js';
import { addGridFlags, type GridFlags } from '../../grid/gridFlags.js';
import { exitAfter } from '../../interrupt.js';
import { nameList } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { textTable } from '../../../report/textTable.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface RecallFlags extends GridFlags {
  readonly rule?: readonly string[];
  readonly gate?: readonly string[];
}

async function print(output: Output, summary: RecallSummary, out: string): Promise<void> {
  const { modelTable, recallTables } = await import('../../../report/recall/recallTables.js');
  const { cellText, numberColumns } = await import('../../../report/lab/labTables.js');
  for (const { title, head, rows } of recallTables(summary)) {
    const right = head.map((_, i) => i).slice(1);
    output.line(`\n${title}\n${textTable(head, rows, right)}`);
  }
  const models = modelTable(summary);
  const rows = models.rows.map((row) => row.map(cellText));
  output.line(`\n${textTable(models.head, rows, numberColumns(models))}`);
  const lost = summary.cells.filter(({ status }) => status !== 'done').length;
  if (lost > 0) output.line(`\n${lost} of ${summary.cells.length} cells gave no result, see results.md`);
  output.line(`\nintervals: 95 %, over seeds where there are several, else over samples`);
  output.line(`written to ${out}`);
}

async function measure({ output }: Context, flags: RecallFlags): Promise<Outcome> {
  const { planGrid } = await import('../../../experiments/plan.js');
  const { factLines, openGridFolder } = await import('../../grid/gridFolder.js');
  const { runPlan } = await import('../../grid/runPlan.js');
  const { summariseRecall } = await import('../../../experiments/recallSummary.js');
  const { keepRecall } = await import('../../../report/recall/keepRecall.js');
  const { lookUp } = await import('../../../src/core/errors.js');
  const { task, preset, config, set, vary, seeds, lrGrid, rule, gate } = flags;
  lookUp('--task', tasks, task);
  const { loadRule } = await import('../../ruleFile.js');
  const plan = await planGrid({
    loadRule,
    task,
    seeds,
    ...(preset !== undefined && { preset }),
    ...(config !== undefined && { config }),
    ...(set && { sets: set }),
    ...(vary && { vary }),
    ...(lrGrid && { lrGrid }),
    ...(rule && { rules: rule }),
    ...(gate && { gates: gate }),
  });
  const { out, facts } = await openGridFolder('recall', flags.out, plan);
  const { groups, signal } = await runPlan(output, plan, { out, jobs: flags.jobs });
  if (groups === undefined) return exitAfter(signal);
  const summary = summariseRecall(plan, groups);
  const document = { ...facts, ...summary };
  await keepRecall(out, summary, document, factLines(facts));
  if (output.json) output.document(document);
  else await print(output, summary, out);
  return exitOfCells(summary.cells);
}

function taskHelp(): string {
  const width = Math.max(...Object.keys(tasks).map((name) => name.length));
  const list = Object.values(tasks).map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
  return `\nTasks:\n${list.join('\n')}\n\nEach has the presets smoke (a minute), small (ten minutes) and paper (as published).`;
}

/** `pavlov recall` */
export const recall: Verb = {
  name: 'recall',
  summary: 'train small models on a task and see what they remember and learn in context',
  example: 'pavlov recall --task induction --rule delta --out checkpoints/induction',
  define: (command, act) => {
    command
      .option('--task <name>', 'a synthetic task', 'mqar')
      .option(
        '--rule <names>',
        "rules between commas, or 'softmax' for the baseline head",
        nameList('--rule'),
      )
      .option('--gate <names>', 'decay gates between commas', nameList('--gate'))
      .option('--preset <name>', 'smoke, small or paper (default: smoke)')
      .option(
        '--out <folder>',
        'folder of the grid; one that was interrupted goes on there (default: a new one in checkpoints/)',
      );
    addGridFlags(command, 1).addHelpText('after', taskHelp()).action(act(measure));
  },
};
