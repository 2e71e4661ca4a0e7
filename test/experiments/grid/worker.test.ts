import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveCells, type Order, type Report, type WorkerPort } from '../../../experiments/grid/worker.js';
import { temporaryFolder } from '../../support/folder.js';
import { toyCell, toyKind } from './toyKind.js';

/** What a worker in this process tells of one order. */
function reportOf(order: Order): Promise<Report> {
  return new Promise((resolve) => {
    const port: WorkerPort = {
      send: resolve,
      log: () => undefined,
      onOrder: (take) => take(order),
    };
    serveCells(port, Date.now, { kinds: async () => toyKind });
  });
}

it('loses a cell whose folder it cannot take, and goes on', async () => {
  const folder = join(temporaryFolder(), 'cell');
  writeFileSync(folder, 'a file');
  const report = await reportOf({ type: 'work', stage: 'train', cell: toyCell(), folder, threads: 1 });
  expect(report).toMatchObject({ type: 'end', result: { status: 'failed' } });
  expect(report).toHaveProperty('result.reason', expect.stringMatching(/expected to write run\.lock/));
});
