import { mkdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { diskFault } from '../src/checkpoint/diskFault.js';
import { listCheckpoints } from '../src/checkpoint/store.js';
import { ConfigError } from '../src/core/errors.js';
import type { RunConfig } from './config/schema.js';
import type { TaskRunConfig } from './tasks/schema.js';

const CONFIG_FILE = 'config.json';
const HOME = 'checkpoints';

/** The folder of a new run. */
export interface RunFolder {
  readonly out: string;
  /** Takes away what was made for the run, as far as it is empty: for a run that could not begin. */
  readonly removeEmpty: () => Promise<void>;
}

/** Removes a folder and those it lies in, up to `first`, as long as they are empty. */
async function removeUpTo(first: string, folder: string): Promise<void> {
  try {
    await rmdir(folder);
    if (folder !== first) await removeUpTo(first, dirname(folder));
  } catch {
    // It is not empty, or not ours to remove: then it stays, and the fault that led here is the one to tell.
  }
}

/**
 * The folder of a new run, made.
 *
 * @throws ConfigError when it holds a run, CheckpointError when it cannot be made.
 */
export async function createRunFolder(config: RunConfig | TaskRunConfig): Promise<RunFolder> {
  const out = config.out ?? (await freeFolder(config));
  const [newest] = (await listCheckpoints(out)).slice(-1);
  if (newest !== undefined) {
    throw new ConfigError(
      `config.out: expected a folder without a run, got '${out}' with ${newest.path}; choose another folder, or go on with 'pavlov resume ${out}'`,
    );
  }
  const first = await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw diskFault(`run folder ${out}`, 'make it', error);
  });
  const removeEmpty = async (): Promise<void> =>
    first === undefined ? undefined : removeUpTo(resolve(first), resolve(out));
  return { out, removeEmpty };
}

/** A folder that is not there yet, named after what is trained: `checkpoints/toy-delta-scalar`, `...-2`. */
async function freeFolder(config: RunConfig | TaskRunConfig): Promise<string> {
  const { model } = config;
  const path = 'task' in config ? config.task.name : config.data.source;
  const source = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  const base = join(HOME, `${source.replace(/\.[^.]*$/, '')}-${model.rule}-${model.gate}`);
  for (let n = 1; ; n++) {
    const folder = n === 1 ? base : `${base}-${n}`;
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined) return folder;
  }
}

/** Writes the resolved config beside the checkpoints, for people to read. */
export async function writeConfigFile(folder: string, config: RunConfig | TaskRunConfig): Promise<void> {
  try {
    await writeFile(join(folder, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    throw diskFault(`run folder ${folder}`, `write ${CONFIG_FILE}`, error);
  }
}
