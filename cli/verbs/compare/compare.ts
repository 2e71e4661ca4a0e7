import type { FrontierCost } from '../../../eval/compare/comparison.js';
import { EQUAL_MODES, type EqualMode } from '../../../experiments/equalise.js';
import { addGridFlags, exitOfCells, planRequest, runPlanned, type GridFlags } from '../../gridRun.js';
import { createStatusLine, showWork } from '../../output.js';
import { printComparison } from '../../printComparison.js';
import { nameList, TEXT_COLUMN } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface CompareFlags extends Omit<GridFlags, 'task'> {
  /** Comma-separated. */
  readonly task?: readonly string[];
  readonly suite?: string;
  readonly data?: string;
  readonly textColumn?: string;
  readonly equal?: string;
  readonly frontier?: string;
}

async function equalMode(text: string | undefined): Promise<EqualMode | undefined> {
  const { lookUp } = await import('../../../src/core/errors.js');
  if (text === undefined) return undefined;
  return lookUp('--equal', Object.fromEntries(EQUAL_MODES.map((mode) => [mode, mode])), text);
}

async function frontierOf(text: string | undefined): Promise<FrontierCost | undefined> {
  const { lookUp } = await import('../../../src/core/errors.js');
  const { frontierCost } = await import('../../../eval/compare/frontier.js');
  return text === undefined ? undefined : lookUp('--frontier', frontierCost.enum, text);
}

/** The tasks that are named, or those of a suite. */
async function tasksOf({ task, suite }: CompareFlags): Promise<readonly string[]> {
  if (suite === undefined) return task ?? ['mqar'];
  const { ConfigError, lookUp } = await import('../../../src/core/errors.js');
  if (task)
    throw new ConfigError(`--suite: names the tasks, got --task ${task.join(',')} as well; leave one out`);
  const { suites } = await import('../../../data/tasks/registry.js');
  return lookUp('--suite', suites(), suite);
}

async function compareVariants({ output }: Context, flags: CompareFlags): Promise<Outcome> {
  const { planTasks } = await import('../../../experiments/planTasks.js');
  const tasks = await tasksOf(flags);
  const { cellLines } = await import('../../../experiments/rows.js');
  const { rules } = await import('../../../src/rules/registry.js');
  const { data, textColumn, set = [] } = flags;
  const equal = await equalMode(flags.equal);
  const frontier = await frontierOf(flags.frontier);
  const sets = [
    ...(data === undefined ? [] : [`data.source=${data}`]),
    ...(textColumn === undefined ? [] : [`data.textColumn=${textColumn}`]),
    ...set,
  ];
  // What varies is compared with the rule of the preset; all rules are, where nothing else differs.
  const rule = flags.rule ?? (flags.like || flags.vary ? undefined : Object.keys(rules));
  const request = await planRequest(
    { ...flags, task: tasks[0] ?? '', set: sets, ...(rule && { rule }) },
    output,
  );
  const status = createStatusLine(output);
  const planning = planTasks(
    {
      ...request,
      ...(equal && { equal }),
      ...(frontier && { frontier }),
      onProgress: (how) => showWork(status, how),
    },
    tasks,
  );
  const planned = await planning.finally(() => status.clear());
  return runPlanned(
    output,
    { verb: 'compare', plan: planned, flags },
    async ({ out, groups, meta, plan }) => {
      const { writeComparison } = await import('../../../report/compare/writeComparison.js');
      const comparison = await writeComparison(out, plan, groups, meta);
      if (output.json) output.document({ ...meta, out, ...comparison });
      else {
        await printComparison(output, comparison);
        output.line(`\nwritten to ${out}: report.html, report.md, results.csv, results.jsonl`);
      }
      return exitOfCells(cellLines(plan, groups));
    },
  );
}

/** `pavlov compare` */
export const compare: Verb = {
  name: 'compare',
  usesProject: true,
  summary: 'compare rules, gates and settings over seeds, with statistics and a report',
  example:
    'pavlov compare --rule hebbian,delta --seeds 2 --task induction --set train.samples=2000 --out checkpoints/compared',
  define: (command, act) => {
    command
      .option(
        '--task <names>',
        "comma-separated synthetic tasks, files of your own, or 'stories' (default: mqar)",
        nameList('--task'),
      )
      .option('--suite <name>', 'compare over the tasks of a suite, such as recall')
      .option('--preset <name>', 'preset of the task, or of a run on stories (default: smoke)')
      .option('--data <source>', "stories only: a prepared set, a folder, a file, or 'toy'")
      .option(...TEXT_COLUMN)
      .option(
        '--frontier <cost>',
        'weigh scores against state, parameters or flops: who is best at each cost',
      )
      .option('--equal <what>', 'match variants in parameters (by MLP width) or in state (by value size)');
    addGridFlags(command, 3, "all rules; with --vary the preset's rule").action(act(compareVariants));
  },
};
