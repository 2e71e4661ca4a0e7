import { DataError } from '../src/core/errors.js';
import {
  PlayModel,
  readPlayFolder,
  serverRuntime,
  type PlayFolder,
  type ReadFile,
  type Runtime,
} from '../web/index.js';
import { RunStore } from './runStore.js';

/** A file of the folder that the page lies in. */
export const readFile: ReadFile = async (name) => {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`./${path}`).catch(() => undefined);
  if (!response) {
    throw new DataError(`${name}: no answer; is 'pavlov play' still running? Start it again and reload`);
  }
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new DataError(
    `${name}: expected the file, got ${response.status} ${response.statusText}; write the folder anew by 'pavlov play --out'`,
  );
};

async function openRuntime(kind: PlayFolder['runtime']): Promise<Runtime> {
  if (kind === 'server') return serverRuntime('.');
  const ort = await import('./ort/ort.mjs');
  ort.env.wasm.numThreads = 1; // more need headers that a plain web server does not send
  return ort;
}

/**
 * The runs of the folder, ready to read.
 *
 * @throws DataError for a file that is missing or of another form.
 */
export async function loadRuns(): Promise<readonly RunStore[]> {
  const { runs, runtime: kind } = await readPlayFolder(readFile);
  const runtime = await openRuntime(kind);
  const stores: RunStore[] = [];
  for (const { name } of runs) {
    stores.push(new RunStore(await PlayModel.load(runtime, readFile, { run: name })));
  }
  return stores;
}
