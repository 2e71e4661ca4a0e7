import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import type { Cell, GridEvent, GridOutcome } from '../../../experiments/grid/contract.js';
import { runGrid } from '../../../experiments/grid/runGrid.js';
import { queuedCells } from '../../../experiments/queue/queueExecutor.js';

const PROGRAM = fileURLToPath(new URL('./toyQueueWorker.ts', import.meta.url));
const started: ChildProcess[] = [];

/** Kills a worker and all its processes, as the end of its machine does. */
export async function killWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGCONT');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await gone;
}

/** Starts a worker of toy cells, in a process group of its own. */
export function startWorker(args: readonly string[]): ChildProcess & { readonly said: () => string } {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    detached: true,
  });
  started.push(child);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return Object.assign(child, { said: () => text });
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(killWorker));
});

/** Runs toy cells by the workers of a server. */
export async function runQueued(
  url: string,
  out: string,
  cells: readonly Cell[],
  rest: { onEvent?: (event: GridEvent) => void; onNote?: (text: string) => void; signal?: AbortSignal } = {},
): Promise<GridOutcome> {
  const { onNote = () => undefined, ...others } = rest;
  const executor = await queuedCells({ url, pushData: false, onNote });
  return runGrid({ out, cells, threads: 1, executor, ...others });
}

/** What a grid came to, without the place where it ran. */
export function facts(outcome: GridOutcome): unknown {
  expect(outcome.type).toBe('done');
  if (outcome.type !== 'done') return [];
  return outcome.groups.map(({ cells, chosen, tested }) => ({
    cells: cells.map(({ id, trained }) => ({ id, trained })),
    chosen: chosen?.id,
    tested,
  }));
}
