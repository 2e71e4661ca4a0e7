import { fileURLToPath } from 'node:url';
import type { GroupOutcome, WorkerEntry } from '../../experiments/grid/contract.js';
import { withInterrupt } from '../interrupt.js';
import type { Output } from '../output.js';
import { sharesOf } from './gridFlags.js';
import { GridView } from './gridView.js';
import type { GridPlan } from '../../experiments/plan.js';

/** The worker's file beside this one, TypeScript or JavaScript as we run ourselves. */
function workerEntry(): WorkerEntry {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./gridWorker.${extension}`, import.meta.url));
  return { file, execArgv: process.execArgv };
}

export interface RunPlanOptions {
  readonly out: string;
  readonly jobs: number | undefined;
}

/** Runs a grid to its end and draws it; `undefined` when it was asked to stop, with what to do next said. */
export async function runPlan(
  output: Output,
  { cells }: GridPlan,
  { out, jobs }: RunPlanOptions,
): Promise<{ readonly groups: readonly GroupOutcome[] | undefined; readonly signal: AbortSignal }> {
  const { runGrid } = await import('../../experiments/grid/runGrid.js');
  const { trustNamedRules } = await import('../ruleFile.js');
  await trustNamedRules(output);
  const view = new GridView(output, cells);
  const promise = 'finishing the updates under way and saving';
  return withInterrupt(output, promise, async (signal) => {
    try {
      const outcome = await runGrid({
        out,
        cells: cells.map(({ cell }) => cell),
        signal,
        worker: workerEntry(),
        ...sharesOf(jobs, cells.length),
        onEvent: (event) => view.show(event),
      });
      view.clear();
      if (outcome.type === 'done') return { groups: outcome.groups, signal };
      const { finished, cells: all } = outcome;
      output.note(`${finished} of ${all} cells are done; go on with the same command and --out ${out}`);
      if (output.json) output.document({ type: 'interrupted', finished, cells: all, out });
      return { groups: undefined, signal };
    } finally {
      view.clear();
    }
  });
}
