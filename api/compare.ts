import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { Comparison } from '../eval/index.js';
import {
  planTasks,
  runPlan,
  type GridEvent,
  type PlanRequest,
  type RunPlanOptions,
} from '../experiments/index.js';
import { writeComparison } from '../report/index.js';
import { reportDate } from '../src/core/text.js';
import { planFields } from '../experiments/plan.js';
import { callback, optionsCheck, signal as ends } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import { rules } from '../src/rules/registry.js';

/** What is compared, and how it runs. */
export interface CompareOptions
  extends
    Omit<PlanRequest, 'seeds' | 'task'>,
    Omit<RunPlanOptions, 'worker' | 'executor' | 'clock' | 'command' | 'onCells'> {
  /** Name of a task, or 'stories' for text; several for the same variants and seeds on each. */
  readonly task: PlanRequest['task'] | readonly PlanRequest['task'][];
  /** Seeds 1 to n, or until pairs are decided. Default 3. */
  readonly seeds?: PlanRequest['seeds'];
}

/** What a comparison came to. */
export type CompareResult =
  | {
      readonly type: 'done';
      /** Folder with `report.html` and all results. */
      readonly out: string;
      readonly comparison: Comparison;
      /** What was changed to make variants equal, and which were left out, one line each. */
      readonly notes: readonly string[];
    }
  | {
      /** The same call with the same folder goes on. */
      readonly type: 'interrupted';
      readonly out: string;
      readonly finished: number;
      readonly cells: number;
    };

const check = optionsCheck<CompareOptions>({
  ...planFields,
  task: z.union([planFields.task, z.array(planFields.task).min(1)]),
  seeds: planFields.seeds.optional(),
  out: z.string().min(1),
  jobs: count.optional(),
  signal: ends.optional(),
  onEvent: callback<(event: GridEvent) => void>().optional(),
});

/**
 * Trains variants over seeds in worker processes, as `pavlov compare` does, writes the report into a folder, and gives the
 * comparison: means with intervals, and a verdict on each pair, over the tasks too where there are several. All rules are compared where neither rules nor `likes` are named.
 *
 * A folder with an interrupted comparison is gone on with. Rules that only this process has registered are not known to the
 * workers; name their files on the command line instead.
 * @throws ConfigError for options, names and settings that are wrong, before anything is trained; else as `runPlan`.
 */
export async function compare(options: CompareOptions): Promise<CompareResult> {
  const { out, jobs, signal, onEvent, task, seeds = 3, ...request } = check('compare', options);
  const named = request.rules ?? request.likes;
  const all = named ? {} : { rules: Object.keys(rules) };
  const plan = await planTasks({ ...request, seeds, ...all }, [task].flat());
  const outcome = await runPlan(plan, {
    out,
    clock: () => performance.now(),
    command: 'compare',
    ...(jobs !== undefined && { jobs }),
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
  });
  if (outcome.type === 'interrupted') {
    return { type: 'interrupted', out, finished: outcome.finished, cells: outcome.cells };
  }
  const meta = { ...outcome.facts, date: reportDate(new Date()) };
  const comparison = await writeComparison(out, plan, outcome.groups, meta);
  return { type: 'done', out, comparison, notes: meta.notes };
}
