/** Runs a grid of toy cells by the workers of a server. Arguments: address, folder, cells as JSON. */
import { fileURLToPath } from 'node:url';
import type { Cell, GridEvent, GridOutcome } from '../../../experiments/grid/contract.js';
import { runGrid } from '../../../experiments/grid/runGrid.js';
import { queuedCells } from '../../../experiments/queue/queueExecutor.js';

/** Runs toy cells by the workers of a server. */
export async function runQueued(
  url: string,
  out: string,
  cells: readonly Cell[],
  rest: {
    pushData?: boolean;
    onEvent?: (event: GridEvent) => void;
    onNote?: (text: string) => void;
    signal?: AbortSignal;
  } = {},
): Promise<GridOutcome> {
  const { onNote = () => undefined, pushData = false, ...others } = rest;
  const executor = await queuedCells({ url, pushData, onNote });
  return runGrid({ out, cells, threads: 1, executor, ...others });
}

const [, script, url = '', out = '', cells = ''] = process.argv;
if (script === fileURLToPath(import.meta.url)) await runQueued(url, out, JSON.parse(cells) as Cell[]);
