import { rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { TrainedModel } from '../eval/index.js';
import { diskFault } from '../src/checkpoint/diskFault.js';
import { exists, syncFolder } from '../src/checkpoint/storeFiles.js';
import { makeFolder, writeSynced } from '../src/core/atomicFile.js';
import { ConfigError, lookUp } from '../src/core/errors.js';
import type { ExportFile, ExportOptions } from './contract.js';
import { exportTargets } from './registry.js';

export interface Exported {
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Writes a new folder: it appears whole or not at all.
 *
 * @throws ConfigError when something of that name is there, CheckpointError when the disk refuses.
 */
export async function writeFolder(folder: string, files: readonly ExportFile[]): Promise<Exported> {
  const beside = `${resolve(folder)}.${process.pid}.part`;
  const written = files.map(({ path, content }) => ({
    path,
    content: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  }));
  try {
    await rm(beside, { recursive: true, force: true });
    for (const { path, content } of written) {
      await makeFolder(dirname(join(beside, path)));
      await writeSynced(join(beside, path), [content], 'wx');
    }
    await checkFree(folder);
    await rename(beside, folder);
    await syncFolder(dirname(resolve(folder)));
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined); // the first error is the one to tell
    throw diskFault(`export ${folder}`, 'write the folder', error);
  }
  return { folder, files: written.map(({ path, content }) => ({ path, bytes: content.length })) };
}

/** @throws ConfigError when something of that name is there. */
export async function checkFree(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  throw new ConfigError(`--out: '${folder}' already exists; move it away or name another folder`);
}

/**
 * Exports a trained model into a new folder.
 *
 * @param to a name of `exportTargets`
 * @throws ConfigError for an unknown target, a model that has no such form, or a folder that is there; CheckpointError when
 *   the disk refuses. Nothing is left behind then.
 */
export async function exportModel(
  trained: TrainedModel,
  to: string,
  folder: string,
  options: ExportOptions = {},
): Promise<Exported> {
  const target = lookUp('--to', exportTargets, to);
  await checkFree(folder);
  const filesOf = await target.load();
  return writeFolder(folder, await filesOf(trained, options));
}
