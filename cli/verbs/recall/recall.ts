import { counted } from '../../../src/core/text.js';
import { tasks } from '../../../data/tasks/registry.js';
import type { RecallSummary } from '../../../experiments/recallSummary.js';
import { addGridFlags, exitOfCells, planRequest, runPlanned, type GridFlags } from '../../gridRun.js';
import type { Output } from '../../output.js';
import type { Context, Outcome, Verb } from '../contract.js';

async function print(output: Output, summary: RecallSummary, out: string): Promise<void> {
  const { textTable } = await import('../../../report/table.js');
  const { modelTable, recallTables } = await import('../../../report/recall/writeRecall.js');
  for (const table of [...recallTables(summary), modelTable(summary)]) {
    output.line(`\n${table.title}\n${textTable(table)}`);
  }
  for (const warning of summary.warnings) output.line(`\n${warning}`);
  const lost = summary.cells.filter(({ status }) => status !== 'done').length;
  if (lost > 0)
    output.line(`\n${lost} of ${counted(summary.cells.length, 'cell')} gave no result, see results.md`);
  output.line('\nintervals: 95 %, over seeds where there are several, else over samples');
  output.line(`written to ${out}: report.html, results.md, results.csv, results.json`);
}

async function measure({ output }: Context, flags: GridFlags): Promise<Outcome> {
  const { planGrid } = await import('../../../experiments/plan.js');
  const { lookUp } = await import('../../../src/core/errors.js');
  const { plugInName } = await import('../../plugIns/load.js');
  const task = await plugInName('task', flags.task);
  lookUp('--task', tasks, task);
  const planned = await planGrid(await planRequest({ ...flags, task }, output));
  return runPlanned(output, { verb: 'recall', plan: planned, flags }, async ({ out, groups, meta, plan }) => {
    const { summariseRecall } = await import('../../../experiments/recallSummary.js');
    const { writeRecall } = await import('../../../report/recall/writeRecall.js');
    const summary = summariseRecall(plan, groups);
    const document = await writeRecall(out, summary, meta);
    if (output.json) output.document(document);
    else await print(output, summary, out);
    return exitOfCells(summary.cells);
  });
}

function taskHelp(): string {
  const width = Math.max(...Object.keys(tasks).map((name) => name.length));
  const list = Object.values(tasks).map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
  return `\nTasks:\n${list.join('\n')}\n\nEach has the presets smoke (a minute), small (ten minutes) and paper (as published).`;
}

/** `pavlov recall` */
export const recall: Verb = {
  name: 'recall',
  usesProject: true,
  summary: 'train small models on a synthetic task and measure what they recall and learn in context',
  example: 'pavlov recall --task induction --rule delta --out checkpoints/induction',
  define: (command, act) => {
    command
      .option('--task <name>', 'a synthetic task, or the file of your own', 'mqar')
      .option('--preset <name>', 'smoke, small, frontier or paper, where the task has it (default: smoke)');
    addGridFlags(command, 1, "the preset's rule").addHelpText('after', taskHelp()).action(act(measure));
  },
};
