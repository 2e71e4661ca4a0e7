import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { formatResult } from '../../../eval/index.js';
import { cellHash, learningRateOf } from '../../../experiments/grid/cellHash.js';
import type { Cell, GridOutcome } from '../../../experiments/grid/contract.js';
import { resultRows } from '../../../experiments/rows.js';
import { ROOM_FOLDERS } from '../../support/roomRules.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const started: ChildProcess[] = [];

/** Copies the sources into a new folder and changes them by a line, so that programs there are of another build. */
export function copyAsOtherBuild(to: string): void {
  for (const part of [...ROOM_FOLDERS, 'test/experiments', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(to, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
  appendFileSync(join(to, 'experiments/cost.ts'), '\n// another build\n');
}

/** Kills a program and all its processes, as the end of its machine does. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGCONT');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await gone;
}

/** Starts a worker or a caller of toy cells, of these sources or of a copy, in a process group of its own. */
export function startProgram(
  name: 'toyQueueWorker' | 'toyQueueCaller',
  args: readonly string[],
  { root = ROOT, cwd }: { readonly root?: string; readonly cwd?: string } = {},
): ChildProcess & { readonly said: () => string } {
  const program = join(root, `test/experiments/queue/${name}.ts`);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    detached: true,
    ...(cwd !== undefined && { cwd }),
  });
  started.push(child);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return Object.assign(child, { said: () => text });
}

/** Sends a signal to a program and all its processes. */
export function signalGroup({ pid = 0 }: ChildProcess, name: NodeJS.Signals): void {
  process.kill(-pid, name);
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(killGroup));
});

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

/** The bytes of `results.jsonl` of a grid of toy cells. */
export function resultBytes(cells: readonly Cell[], outcome: GridOutcome): string {
  if (outcome.type !== 'done') throw new Error('expected the grid to be done');
  const planned = cells.map((cell) => ({
    cell,
    id: cellHash(cell),
    task: 'toy',
    metric: { metric: 'points', unit: '', best: 'high' as const },
    variant: { rule: 'toy' },
    seed: Number(cell.config.seed),
    learningRate: learningRateOf(cell),
    cost: { parameters: 0, stateBytes: 0, flopsPerToken: 0 },
  }));
  return resultRows({ task: 'toy', cells: planned, notes: [] }, outcome.groups).map(formatResult).join('');
}
