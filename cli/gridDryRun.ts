import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Cell, WorkerEntry } from '../experiments/grid/contract.js';
import { localProcesses } from '../experiments/grid/workerPool.js';
import type { GridPlan } from '../experiments/plan.js';
import type { PlannedCell } from '../experiments/subject.js';
import { counted } from '../src/core/text.js';
import type { RunConfig } from '../train/config/schema.js';
import { memoryHere } from '../train/memory.js';
import type { TaskRunConfig } from '../train/tasks/schema.js';
import { formatBytes, formatSeconds } from './format.js';
import { GridProgress, type GridPlace } from './gridView.js';
import type { Output } from './output.js';

/** A cell is tried for so long at most, from its first word on. */
const TRY_MS = 10_000;

/**
 * Seconds that the training of a cell takes, by the pace of its first steps in a folder that is thrown away, or by all of
 * it where that is short. A cell that fails has none.
 */
async function secondsOf(cell: Cell, worker: WorkerEntry): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'pavlov-dry-'));
  const executor = localProcesses({ worker, jobs: 1 });
  const progress = new GridProgress(1, 0);
  progress.begin('first');
  let seconds: number | undefined;
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  let timer: NodeJS.Timeout | undefined;
  try {
    const { result } = await executor.submit({
      stage: 'train',
      cell,
      folder,
      threads: 1,
      onBegin: () => undefined,
      onProgress: ({ part }) => {
        timer ??= setTimeout(() => executor.cancel(), TRY_MS);
        progress.advance('first', part);
        seconds ??= progress.pace(elapsed())?.secondsPerCell;
        if (seconds !== undefined) executor.cancel();
      },
    });
    return result?.status === 'done' ? (seconds ?? elapsed()) : seconds;
  } finally {
    clearTimeout(timer);
    await executor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Memory of the largest of these cells, in bytes. */
export function largestCell(cells: readonly PlannedCell[]): number {
  // The cast: what has a model is a run, whose config the plan has resolved.
  return Math.max(
    ...cells.map(({ cell }) => memoryHere(cell.config as unknown as RunConfig | TaskRunConfig)),
  );
}

/** Where cells run, and the memory that the largest takes: what is said before a grid starts. */
export function placeOf(
  cells: readonly PlannedCell[],
  { queue, jobs, slurm }: { readonly queue?: string; readonly jobs?: number; readonly slurm?: string | true },
): GridPlace {
  if (cells.length === 0) return { text: '' };
  const memory = formatBytes(largestCell(cells));
  if (slurm !== undefined) return { text: `by an array of SLURM, about ${memory} of memory each` };
  if (queue !== undefined) return { text: `by the workers of the queue, about ${memory} of memory each` };
  const processes = Math.min(jobs ?? availableParallelism(), cells.length);
  return { text: `in ${counted(processes, 'process')} at most, about ${memory} of memory each`, processes };
}

/** The settings of a cell, for people. */
export async function settingsOf({ cell }: PlannedCell): Promise<string> {
  const { stringify } = await import('yaml');
  return `# the settings of the first cell\n${stringify(cell.config)}`;
}

/** Says what a grid would do, and how long that would take on this machine. */
export async function dryRun(
  output: Output,
  plan: GridPlan,
  { jobs, worker }: { readonly jobs: number | undefined; readonly worker: WorkerEntry },
): Promise<void> {
  const [first] = plan.cells;
  const cells = plan.cells.length;
  const processes = Math.min(jobs ?? availableParallelism(), cells);
  if (!first) {
    output.line('0 cells');
    return;
  }
  const memoryBytes = largestCell(plan.cells);
  const seconds = await secondsOf(first.cell, worker);
  const totalSeconds = seconds === undefined ? undefined : (seconds * cells) / processes;
  if (output.json) {
    output.document({
      cells,
      processes,
      memoryBytes,
      secondsPerCell: seconds ?? null,
      seconds: totalSeconds ?? null,
      config: first.cell.config,
    });
    return;
  }
  output.line(await settingsOf(first));
  output.line(`${cells} cells ${placeOf(plan.cells, { ...(jobs !== undefined && { jobs }) }).text}`);
  if (seconds === undefined || totalSeconds === undefined)
    output.line(`the first cell did not get far enough in ${TRY_MS / 1000} s to tell how long one takes`);
  else {
    output.line(
      `about ${formatSeconds(seconds)} a cell here, measured on the first one alone; about ${formatSeconds(totalSeconds)} in all, beside the tests`,
    );
  }
}
