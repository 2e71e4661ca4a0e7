/** Runs a grid of toy cells and prints each cell that ends. Arguments: folder, cells as JSON, jobs. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell, GridEvent, GridOutcome, WorkerEntry } from '../../../experiments/grid/contract.js';
import { runGrid } from '../../../experiments/grid/runGrid.js';
import { localProcesses } from '../../../experiments/grid/workerPool.js';
import { toyWorker } from './toyWorkerEntry.js';

/** Toy workers by the folder that their program was built into. */
const built = new Map<string, WorkerEntry>();

/** Runs toy cells with toy workers, whose program lies beside the folder of the grid. */
export function runToys(
  out: string,
  cells: readonly Cell[],
  { jobs = 2, ...rest }: { jobs?: number; signal?: AbortSignal; onEvent?: (event: GridEvent) => void } = {},
): Promise<GridOutcome> {
  const beside = dirname(out);
  const worker = built.get(beside) ?? toyWorker(beside);
  built.set(beside, worker);
  return runGrid({ out, cells, threads: 1, executor: localProcesses({ worker, jobs }), ...rest });
}

const [, script = '', out, cells = '', jobs = '2'] = process.argv;
if (script === fileURLToPath(import.meta.url) && out !== undefined) {
  await runToys(out, JSON.parse(cells) as Cell[], {
    jobs: Number(jobs),
    onEvent: (event) => {
      if (event.type === 'end') process.stdout.write(`${event.stage} ${event.cell}\n`);
    },
  });
}
