import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { diskFault, isMissing } from '../src/checkpoint/diskFault.js';
import { listCheckpoints, type Checkpoint } from '../src/checkpoint/store.js';
import { makeFolder, removeUpTo, replaceFile } from '../src/core/atomicFile.js';
import { ConfigError } from '../src/core/errors.js';
import { fewOf } from '../src/core/text.js';
import type { RunConfig } from './config/schema.js';
import type { TaskRunConfig } from './tasks/schema.js';
import { readWhole } from '../src/core/wholeFile.js';

const CONFIG_FILE = 'config.json';
const HOME = 'checkpoints';
/** What a run may leave before its config is written, and what may be left of one without its config. */
const OF_A_RUN = /^(run\.lock.*|config\.json\.\d+\.part|\.(saving|deleting)-.*|(later-)?step-\d{6,}.*|eval)$/;

/** The folder of a new run. */
export interface RunFolder {
  readonly out: string;
  /** Takes away what was made for the run, as far as it is empty: for a run that could not begin. */
  readonly removeEmpty: () => Promise<void>;
}

/** Whether a folder is that of a run, or a checkpoint. */
export async function isRunFolder(folder: string): Promise<boolean> {
  const isCheckpoint = (await stat(join(folder, 'manifest.json')).catch(() => undefined)) !== undefined;
  return isCheckpoint || hasRunConfig(folder);
}

/** Whether a folder's config.json is one that a run wrote. */
async function hasRunConfig(folder: string): Promise<boolean> {
  try {
    const config: unknown = JSON.parse(String(await readWhole(join(folder, CONFIG_FILE), 4e6)));
    if (typeof config !== 'object' || config === null) return false;
    return ['model', 'train', 'optimizer', 'engine', 'seed', 'out'].every((key) => key in config);
  } catch {
    return false;
  }
}

/** Names in a folder that no run has put there; none in a run folder, or where nothing is. */
async function foreignFiles(folder: string): Promise<readonly string[]> {
  if (await hasRunConfig(folder)) return [];
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw diskFault(`run folder ${folder}`, 'read it', error);
  });
  return names.filter((name) => !OF_A_RUN.test(name)).sort();
}

/** Whether a checkpoint lies in a run folder, where a run may write, and not somewhere among other files. */
export async function liesInRun({ path, run }: Pick<Checkpoint, 'path' | 'run'>): Promise<boolean> {
  return /^step-\d{6,}$/.test(basename(path)) && (await foreignFiles(run)).length === 0;
}

/** Absolute path of what may not be there yet, with links followed as far as it is. */
async function realPath(path: string): Promise<string> {
  const parent = dirname(path);
  return realpath(path).catch(async () =>
    parent === path ? path : join(await realPath(parent), basename(path)),
  );
}

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
};

/**
 * Refuses a folder for results that is the data folder, lies in it or holds it: a run would read what it wrote.
 *
 * @throws ConfigError then.
 */
export async function checkApart(out: string, source: string): Promise<void> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  const [run, data] = [await realPath(resolve(out)), await realpath(source)];
  if (!isWithin(run, data) && !isWithin(data, run)) return;
  throw new ConfigError(
    `config.out: expected a folder apart from the data folder '${source}', got '${out}'; choose another --out`,
  );
}

/**
 * The folder of a new run, made.
 *
 * @throws ConfigError when it holds a run or files of anything else, or is not apart from the data folder;
 *   CheckpointError when it cannot be made.
 */
export async function createRunFolder(config: RunConfig | TaskRunConfig): Promise<RunFolder> {
  const out = config.out ?? (await freeFolder(config));
  if (config.out !== null && 'data' in config) await checkApart(out, config.data.source);
  const [newest] = (await listCheckpoints(out)).slice(-1);
  if (newest !== undefined) {
    throw new ConfigError(
      `config.out: expected a folder without a run, got '${out}' with ${newest.path}; choose another folder, or go on with 'pavlov resume ${out}'`,
    );
  }
  const foreign = await foreignFiles(out);
  if (foreign.length > 0) {
    throw new ConfigError(
      `config.out: '${out}' holds files that are not of a run (${fewOf(foreign)}); choose another --out`,
    );
  }
  const first = await makeFolder(out).catch((error: unknown) => {
    throw diskFault(`run folder ${out}`, 'make it', error);
  });
  const removeEmpty = async (): Promise<void> =>
    first === undefined ? undefined : removeUpTo(first, resolve(out));
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
    await replaceFile(join(folder, CONFIG_FILE), [`${JSON.stringify(config, null, 2)}\n`]);
  } catch (error) {
    throw diskFault(`run folder ${folder}`, `write ${CONFIG_FILE}`, error);
  }
}
