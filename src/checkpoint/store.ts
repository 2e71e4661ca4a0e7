import { z } from 'zod';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder, removeUpTo, writeSynced } from '../core/atomicFile.js';
import { CheckpointError } from '../core/errors.js';
import { list, made, optionsCheck } from '../core/options.js';
import { natural } from '../core/schema.js';
import { decodeTensors, encodeTensors, type StoredTensors } from './format.js';
import {
  decodeManifest,
  encodeManifest,
  type CheckpointFacts,
  type FileFacts,
  type Hash,
  type Json,
  type JsonObject,
  type Manifest,
} from './manifest.js';
import { diskFault, isMissing } from './diskFault.js';
import { exists, freeName, syncFolder } from './storeFiles.js';
import { readWhole } from '../core/wholeFile.js';

export interface CheckpointContents extends CheckpointFacts {
  readonly weights: StoredTensors;
  /** Moments of the optimizer; empty for a model that will not be trained on. */
  readonly optimizer: StoredTensors;
}

export interface Checkpoint extends CheckpointContents {
  /** The step folder. */
  readonly path: string;
  /** The run folder, its parent. */
  readonly run: string;
}

export interface SaveOptions {
  /** Newest checkpoints to keep, or Infinity; older ones are deleted once the new one is in place. */
  readonly keep?: number;
  /** Steps never deleted, such as the best one. */
  readonly alwaysKeep?: readonly number[];
}

const checkSaveOptions = optionsCheck<SaveOptions>({
  keep: z.any().optional(),
  alwaysKeep: list<readonly number[]>().optional(),
});

const checkContents = optionsCheck<CheckpointContents>({
  step: natural,
  config: made<JsonObject>('a config'),
  model: made<JsonObject>('a config of a model'),
  tokenizer: made<JsonObject>('the JSON of a tokenizer'),
  cursor: z.custom<Json>((value) => value !== undefined, 'a position in the data, or null'),
  rng: made<JsonObject>('random streams by name'),
  progress: made<JsonObject>('the progress of a run'),
  versions: made<Readonly<Record<string, string>>>('versions by name'),
  data: made<JsonObject>('hashes of the data').optional(),
  weights: made<StoredTensors>('tensors by name'),
  optimizer: made<StoredTensors>('tensors by name'),
});

/** A complete step folder of a run. */
export interface StepFolder {
  readonly step: number;
  readonly path: string;
}

/** Of a manifest, its tokenizer included. */
const MOST_MANIFEST_BYTES = 32e6;
const MANIFEST = 'manifest.json';
const WEIGHTS = 'weights.safetensors';
const OPTIMIZER = 'optimizer.safetensors';
const STEP_FOLDER = /^step-(\d{6,})$/;
const SAVING = '.saving-';
const DELETING = '.deleting-';
const DEFAULT_KEEP = 2;

const sha256: Hash = (content) => createHash('sha256').update(content).digest('hex');

/** Name of the folder of a step: `step-000400`. */
export function stepFolderName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/**
 * The complete checkpoints of a run folder, oldest first. A folder gets its name only when all of its files
 * are on the disk, so the name is the proof.
 */
export async function listCheckpoints(run: string): Promise<readonly StepFolder[]> {
  const names = await readdir(run).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw diskFault(`run folder ${run}`, 'read it', error);
  });
  const steps = names.flatMap((name) => {
    const digits = STEP_FOLDER.exec(name)?.[1];
    return digits === undefined ? [] : [{ step: Number(digits), path: join(run, name) }];
  });
  return steps.sort((a, b) => a.step - b.step);
}

/**
 * Writes a checkpoint as `<run>/step-000400` and gives that path. It is written beside, synced and renamed:
 * a kill at any moment leaves the folders that were complete before, or those and this one.
 *
 * @throws CheckpointError when the disk is full, the folder cannot be written, or the step is there already;
 *   what was there before is untouched and the half-written files are gone.
 */
export async function saveCheckpoint(
  run: string,
  contents: CheckpointContents,
  options: SaveOptions = {},
): Promise<string> {
  const { keep = DEFAULT_KEEP, alwaysKeep = [] } = checkSaveOptions('saveCheckpoint', options);
  checkContents('saveCheckpoint: contents', contents);
  if (!(Number.isInteger(keep) || keep === Infinity) || keep < 1) {
    throw new CheckpointError(`saveCheckpoint: expected keep to be a whole number from 1, got ${keep}`);
  }
  const name = stepFolderName(contents.step);
  const path = join(run, name);
  const where = `checkpoint ${name}`;
  if (await exists(path)) {
    throw new CheckpointError(
      `${where}: expected a new step folder, got ${path}, which is there; move it away`,
    );
  }
  const beside = join(run, `${SAVING}${name}-${process.pid}`);
  let made: string | undefined;
  try {
    made = await makeFolder(run);
    await removeLeftovers(run);
    await writeFolder(beside, contents);
    await rename(beside, path);
    await syncFolder(run);
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
    if (made !== undefined) await removeUpTo(made, resolve(run));
    throw diskFault(where, `save it in ${run}`, error);
  }
  await deleteOld(run, keep, new Set([...alwaysKeep, contents.step]));
  return path;
}

/**
 * Writes what a run has come to since it was saved into its checkpoint, and deletes old ones as a save does. Weights
 * and moments are not touched; a kill at any moment leaves the manifest as it was or as it is to be.
 *
 * @throws CheckpointError when the checkpoint is damaged, or the disk refuses.
 */
export async function saveProgress(
  path: string,
  progress: JsonObject,
  { keep = DEFAULT_KEEP, alwaysKeep = [] }: SaveOptions = {},
): Promise<void> {
  const [run, name] = [dirname(path), basename(path)];
  const manifest = await readManifest(path, `checkpoint ${name}`);
  const beside = join(run, `${SAVING}${name}-manifest-${process.pid}`);
  try {
    await removeLeftovers(run);
    await writeSynced(beside, [encodeManifest({ ...manifest, progress }, sha256)], 'wx');
    await rename(beside, join(path, MANIFEST));
    await syncFolder(path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw diskFault(`checkpoint ${name}`, `write its progress in ${run}`, error);
  }
  await deleteOld(run, keep, new Set([...alwaysKeep, manifest.step]));
}

async function writeFolder(folder: string, contents: CheckpointContents): Promise<void> {
  const { weights, optimizer, ...facts } = contents;
  await mkdir(folder);
  const files: Record<string, FileFacts> = {};
  for (const [name, tensors] of [
    [WEIGHTS, weights],
    [OPTIMIZER, optimizer],
  ] as const) {
    const bytes = encodeTensors(tensors, { format: 'pt' });
    await writeSynced(join(folder, name), [bytes], 'wx');
    files[name] = { bytes: bytes.length, sha256: sha256(bytes) };
  }
  await writeSynced(join(folder, MANIFEST), [encodeManifest({ ...facts, files }, sha256)], 'wx');
  await syncFolder(folder);
}

/** Deletes what killed saves and deletions left; only who has the lock of a run saves or deletes. */
export async function removeLeftovers(run: string): Promise<void> {
  const ours = [SAVING, DELETING].map((prefix) => `${prefix}step-`);
  const left = (await readdir(run)).filter((name) => ours.some((prefix) => name.startsWith(prefix)));
  for (const name of left) await rm(join(run, name), { recursive: true, force: true });
}

/** Deletes all but the newest. Renamed first, so that a kill leaves no folder that looks complete and is not. */
async function deleteOld(run: string, keep: number, kept: ReadonlySet<number>): Promise<void> {
  const old = (await listCheckpoints(run)).slice(0, -keep).filter(({ step }) => !kept.has(step));
  for (const { path } of old) {
    const doomed = join(run, `${DELETING}${basename(path)}`);
    try {
      await rename(path, doomed);
      await rm(doomed, { recursive: true, force: true });
    } catch (error) {
      throw diskFault(`checkpoint ${basename(path)}`, `delete it from ${run}`, error);
    }
  }
}

/**
 * Reads a checkpoint from a step folder, or the newest of a run folder, with every hash checked.
 *
 * @throws CheckpointError when there is none, or it is damaged, cut off, foreign or of a newer version; the
 *   message names the newest earlier checkpoint of the run that is whole.
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  return readResolved(folder, readStepFolder);
}

/**
 * What a checkpoint says beside its tensors, which are not read.
 *
 * @throws CheckpointError when there is none, or its manifest is damaged, foreign or of a newer version; the message
 *   is as that of `loadCheckpoint`.
 */
export async function loadCheckpointFacts(folder: string): Promise<Manifest & Pick<Checkpoint, 'path'>> {
  return readResolved(folder, async (path) => ({
    ...(await readManifest(path, `checkpoint ${basename(path)}`)),
    path,
  }));
}

/** How often the newest checkpoint is looked for again when it is gone before it is read. */
const ATTEMPTS = 20;

/** Reads the checkpoint that a path means. A run that trains meanwhile may delete it; then a newer one is there. */
async function readResolved<T>(folder: string, read: (path: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const path = await resolveStepFolder(resolve(folder));
    try {
      return await read(path);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      if (attempt < ATTEMPTS && path !== resolve(folder) && !(await exists(path))) continue;
      const good = await newestWholeBefore(path);
      if (good === undefined) throw error;
      throw new CheckpointError(`${error.message}; use ${good}`, { cause: error });
    }
  }
}

async function readManifest(path: string, where: string): Promise<Manifest> {
  const text = new TextDecoder().decode(await readPart(path, MANIFEST, where, MOST_MANIFEST_BYTES));
  return decodeManifest(text, where, sha256);
}

/** The step folder meant by a path: itself, or the newest of a run folder. */
async function resolveStepFolder(folder: string): Promise<string> {
  if (STEP_FOLDER.test(basename(folder)) || (await exists(join(folder, MANIFEST)))) return folder;
  const newest = (await listCheckpoints(folder)).at(-1);
  if (newest !== undefined) return newest.path;
  const got = (await exists(folder)) ? 'a folder with no checkpoint' : 'nothing there';
  throw new CheckpointError(
    `checkpoint ${folder}: expected a run folder with step-NNNNNN folders or one of these, got ${got}; check the path`,
  );
}

async function readStepFolder(path: string): Promise<Checkpoint> {
  const where = `checkpoint ${basename(path)}`;
  const { files, ...facts } = await readManifest(path, where);
  const weights = await readTensors(path, WEIGHTS, files, where);
  const optimizer = await readTensors(path, OPTIMIZER, files, where);
  return { ...facts, weights, optimizer, path, run: dirname(path) };
}

async function readTensors(
  path: string,
  name: string,
  files: Manifest['files'],
  where: string,
): Promise<StoredTensors> {
  const facts = files[name];
  if (facts === undefined) {
    throw new CheckpointError(`${where}: expected manifest.json to list ${name}, got no such entry`);
  }
  const bytes = await readPart(path, name, where, 2 * facts.bytes);
  if (bytes.length < facts.bytes) {
    const short = facts.bytes - bytes.length;
    throw new CheckpointError(`${where}: ${name} ends ${short} bytes early; the file was cut off`);
  }
  if (bytes.length > facts.bytes || sha256(bytes) !== facts.sha256) {
    throw new CheckpointError(`${where}: ${name} is not what was saved (its hash differs); it is damaged`);
  }
  return decodeTensors(bytes, `${where}: ${name}`).tensors;
}

async function readPart(path: string, name: string, where: string, maxBytes?: number): Promise<Uint8Array> {
  try {
    return await readWhole(join(path, name), maxBytes);
  } catch (error) {
    if (!isMissing(error)) throw diskFault(where, `read ${name}`, error);
    throw new CheckpointError(
      `${where}: expected ${name} in ${path}, got no such file; it is incomplete or no checkpoint`,
      {
        cause: error,
      },
    );
  }
}

async function newestWholeBefore(path: string): Promise<string | undefined> {
  const step = Number(STEP_FOLDER.exec(basename(path))?.[1] ?? NaN);
  const others = (await listCheckpoints(dirname(path))).filter((other) => other.step < step);
  for (const other of others.reverse()) {
    const whole = await readStepFolder(other.path).then(
      () => true,
      () => false,
    );
    if (whole) return other.path;
  }
  return undefined;
}

/**
 * Moves the checkpoints after a step out of the way, as `later-step-000500`, so that a run resumed from that
 * step can write its own. Gives the new paths.
 */
export async function setAsideLater(run: string, step: number): Promise<readonly string[]> {
  const moved: string[] = [];
  for (const later of (await listCheckpoints(run)).filter((folder) => folder.step > step)) {
    const target = await freeName(join(run, `later-${basename(later.path)}`));
    try {
      await rename(later.path, target);
    } catch (error) {
      throw diskFault(`checkpoint ${basename(later.path)}`, `move it to ${target}`, error);
    }
    moved.push(target);
  }
  return moved;
}
