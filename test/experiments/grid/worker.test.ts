import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CellContext, CellKind } from '../../../experiments/grid/contract.js';
import { serveCells, type Order, type Report, type WorkerPort } from '../../../experiments/grid/worker.js';
import { temporaryFolder } from '../../support/folder.js';
import { toyCell, toyKind } from './toyKind.js';

/** What a worker in this process tells of one order, and of those after it. */
function reportOf(order: Order, kind: CellKind = toyKind, ...later: readonly Order[]): Promise<Report> {
  return new Promise((resolve) => {
    const port: WorkerPort = {
      send: resolve,
      log: () => undefined,
      onOrder: (take) => [order, ...later].forEach(take),
    };
    serveCells(port, Date.now, { kinds: async () => kind });
  });
}

it('loses a cell whose folder it cannot take, and goes on', async () => {
  const folder = join(temporaryFolder(), 'cell');
  writeFileSync(folder, 'a file');
  const report = await reportOf({ type: 'work', stage: 'train', cell: toyCell(), folder, threads: 1 });
  expect(report).toMatchObject({ type: 'end', result: { status: 'failed' } });
  expect(report).toHaveProperty('result.reason', expect.stringMatching(/expected to write run\.lock/));
});

it.each(['train', 'test'] as const)(
  'keeps no result of a %s that was asked to stop, whatever it ends with',
  async (stage) => {
    const folder = temporaryFolder();
    const stopped = async (_: unknown, { signal }: CellContext): Promise<never> => {
      while (!signal.aborted) await setImmediate();
      throw signal.reason;
    };
    const kind = { train: stopped, test: stopped };
    const order = { type: 'work', stage, cell: toyCell(), folder, threads: 1 } as const;
    expect(await reportOf(order, kind, { type: 'stop' })).toEqual({ type: 'interrupted' });
    expect(readdirSync(folder)).toEqual([]);
  },
);
