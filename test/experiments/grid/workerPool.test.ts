import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localProcesses } from '../../../experiments/grid/workerPool.js';
import { temporaryFolder } from '../../support/folder.js';
import { toyCell } from './toyKind.js';

it('leaves no process behind that code of the user keeps busy, when the grid ends at once', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'busy.cjs');
  writeFileSync(
    file,
    "process.on('disconnect', () => undefined); process.on('message', () => { for (;;); });",
  );
  const before = process.listeners('exit');
  const pool = localProcesses({ worker: { file }, jobs: 1 });
  const onExit = process.listeners('exit').find((listener) => !before.includes(listener));
  const task = { stage: 'train', cell: toyCell(), folder, threads: 1 } as const;
  const end = pool.submit({ ...task, onBegin: () => undefined, onProgress: () => undefined });
  onExit?.(0);
  expect(await end).toMatchObject({ died: true, result: { status: 'failed' } });
  await pool.close();
  expect(process.listeners('exit')).toEqual(before);
});
