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
import type { CellExecutor } from '../experiments/grid/contract.js';
import { ConfigError } from '../src/core/errors.js';
import { callback, optionsCheck, signal as ends } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import { rules } from '../src/rules/registry.js';

/** What is compared, and how it runs. */
export interface CompareOptions
  extends
    Omit<PlanRequest, 'seeds' | 'task'>,
    Omit<RunPlanOptions, 'worker' | 'executor' | 'measured' | 'clock' | 'command' | 'onCells'> {
  /** Name of a task, or 'stories' for text; several for the same variants and seeds on each. */
  readonly task: PlanRequest['task'] | readonly PlanRequest['task'][];
  /** Seeds 1 to n, or until pairs are decided. Default 3. */
  readonly seeds?: PlanRequest['seeds'];
  /** Address of a Redis server, `redis://host:6379`, whose `pavlov worker` processes run the cells; not with `jobs`. */
  readonly queue?: string;
  /** Hears what a queue waits for, such as a worker of this build. */
  readonly onNote?: (text: string) => void;
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
  queue: z.string().optional(),
  onNote: callback<(text: string) => void>().optional(),
  signal: ends.optional(),
  onEvent: callback<(event: GridEvent) => void>().optional(),
});

/** Cells by the workers of a server. */
async function queued(url: string, onNote: (text: string) => void = () => undefined): Promise<CellExecutor> {
  const { queuedCells } = await import('../experiments/queue/queueExecutor.js');
  return queuedCells({ url, pushData: false, onNote });
}

/**
 * Trains variants over seeds in worker processes, as `pavlov compare` does, writes the report into a folder, and gives the
 * comparison: means with intervals, and a verdict on each pair, over the tasks too where there are several. All rules are compared where neither rules nor `likes` are named and nothing is varied.
 *
 * A folder with an interrupted comparison is gone on with. Rules that only this process has registered are not known to the
 * workers; name their files on the command line instead.
 * @throws ConfigError for options, names and settings that are wrong, before anything is trained; else as `runPlan`.
 */
export async function compare(options: CompareOptions): Promise<CompareResult> {
  const {
    out,
    jobs,
    queue,
    signal,
    onEvent,
    task,
    seeds = 3,
    onNote,
    ...request
  } = check('compare', options);
  if (queue !== undefined && jobs !== undefined)
    throw new ConfigError('compare: expected jobs or queue, got both; give jobs to pavlov worker');
  const named = request.rules ?? request.likes ?? request.vary;
  const all = named ? {} : { rules: Object.keys(rules) };
  const plan = await planTasks({ ...request, seeds, ...all }, [task].flat());
  const outcome = await runPlan(plan, {
    out,
    clock: () => performance.now(),
    command: 'compare',
    ...(jobs !== undefined && { jobs }),
    ...(queue !== undefined && { executor: () => queued(queue, onNote) }),
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
