import { buildSync } from 'esbuild';
import { copyFileSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerEntry } from '../../../experiments/grid/contract.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The program of toy workers, built into a folder of its own below the one given, which must outlive the workers: so one
 * starts in less than half of the time that it takes from the sources.
 */
export function toyWorker(below: string): WorkerEntry {
  const folder = mkdtempSync(join(below, 'toy-worker-'));
  buildSync({
    entryPoints: [join(ROOT, 'test/experiments/grid/toyWorker.ts')],
    outdir: folder,
    bundle: true,
    // What a worker imports when a cell needs it stays apart: toys need none of it.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
    logLevel: 'warning',
  });
  // The package finds itself by its package.json, and others beside it.
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { file: join(folder, 'toyWorker.js'), execArgv: [] };
}
