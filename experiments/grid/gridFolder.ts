import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { diskFault, isMissing } from '../../src/checkpoint/diskFault.js';
import { makeFolderIn, replaceFile } from '../../src/core/atomicFile.js';
import { CheckpointError, ConfigError } from '../../src/core/errors.js';
import { fewOf } from '../../src/core/text.js';
import type { Clock } from '../../train/clock.js';
import { lockRun } from '../../train/runLock.js';
import { cellHash, groupHash } from './cellHash.js';
import type { Cell, Stage, StageResult, TestResult, TrainResult } from './contract.js';
import {
  readChoice,
  readSpent,
  readTestResult,
  readTrainResult,
  type Choice,
  type Spent,
} from './results.js';
import { readWhole } from '../../src/core/wholeFile.js';

/*
 *   <out>/run.lock                     the process that works here; so in every cell
 *   <out>/cells/<hash>/config.json     kind and config
 *                      log.txt         what was said while it ran
 *                      result.json     how its training ended
 *                      test.json       its test, where it was chosen
 *                      ...             what its kind keeps
 *   <out>/groups/<hash>.json           which cell was chosen
 *   <out>/seeds/<hash>.json            what each seed took, where seeds are added until pairs are decided
 */

/** Of a JSON file of a grid. */
const MOST_BYTES = 256e6;

/** Replaces a JSON file: a kill leaves the old one or the new one. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  try {
    await replaceFile(path, [`${JSON.stringify(value, null, 2)}\n`]);
  } catch (error) {
    throw diskFault(`grid file ${path}`, 'write it', error);
  }
}

/**
 * The value in a JSON file; `undefined` where there is no such file.
 *
 * @throws CheckpointError when it cannot be read or is no JSON.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = (await readWhole(path, MOST_BYTES)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskFault(`grid file ${path}`, 'read it', error);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = `${text.slice(0, 40)}${text.length > 40 ? '...' : ''}`;
    throw new CheckpointError(
      `grid file ${path}: expected JSON, got '${got}'; delete it to run that part again`,
      {
        cause,
      },
    );
  }
}

const pathOf = (cell: Cell): readonly string[] => ['cells', cellHash(cell)];

/** Folder of a cell. */
export function cellFolder(out: string, cell: Cell): string {
  return join(out, ...pathOf(cell));
}

const resultFile = (folder: string): string => join(folder, 'result.json');
const testFile = (folder: string): string => join(folder, 'test.json');
const choiceFile = (out: string, cell: Cell): string => join(out, 'groups', `${groupHash(cell)}.json`);

async function openFolder(out: string, ...names: readonly string[]): Promise<void> {
  try {
    await makeFolderIn(out, ...names);
  } catch (error) {
    throw diskFault(`grid folder ${join(out, ...names)}`, 'make it', error);
  }
}

/** Makes the folder of a cell and writes its config there. */
export async function openCellFolder(out: string, cell: Cell): Promise<string> {
  const folder = cellFolder(out, cell);
  await openFolder(out, ...pathOf(cell));
  await writeJsonFile(join(folder, 'config.json'), cell);
  return folder;
}

async function read<T>(path: string, check: (value: unknown, path: string) => T): Promise<T | undefined> {
  const value = await readJsonFile(path);
  return value === undefined ? undefined : check(value, path);
}

/** How the training of a cell ended; `undefined` when it has not. */
export function loadTrainResult(folder: string): Promise<TrainResult | undefined> {
  return read(resultFile(folder), readTrainResult);
}

/** The test of a cell; `undefined` when there was none. */
export function loadTestResult(folder: string): Promise<TestResult | undefined> {
  return read(testFile(folder), readTestResult);
}

/** Saves the result of a stage of a cell. */
export function saveResult(stage: Stage, folder: string, result: StageResult): Promise<void> {
  return writeJsonFile(stage === 'train' ? resultFile(folder) : testFile(folder), result);
}

/** The choice of the group that a cell belongs to; `undefined` when none was made. */
export function loadChoice(out: string, cell: Cell): Promise<Choice | undefined> {
  return read(choiceFile(out, cell), readChoice);
}

export async function saveChoice(out: string, cell: Cell, choice: Choice): Promise<void> {
  await openFolder(out, 'groups');
  await writeJsonFile(choiceFile(out, cell), choice);
}

const spentFile = (out: string, grid: string): string => join(out, 'seeds', `${grid}.json`);

/** The time that the grid of this name has spent; `undefined` when it has not begun. */
export function loadSpent(out: string, grid: string): Promise<Spent | undefined> {
  return read(spentFile(out, grid), readSpent);
}

export async function saveSpent(out: string, grid: string, spent: Spent): Promise<void> {
  await openFolder(out, 'seeds');
  await writeJsonFile(spentFile(out, grid), spent);
}

/**
 * Refuses a folder that holds files of anything but a grid, which its results could replace.
 *
 * @throws ConfigError that names some of them; CheckpointError when the folder cannot be read.
 */
export async function checkGridFolder(out: string): Promise<void> {
  const names = await readdir(out).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw diskFault(`grid folder ${out}`, 'read it', error);
  });
  if (names.includes('cells')) return;
  // What a grid that ended before its first cell leaves.
  const foreign = names.filter((name) => !/^(run\.lock.*|(grid|status)\.json.*|groups)$/.test(name)).sort();
  if (foreign.length === 0) return;
  throw new ConfigError(
    `--out: '${out}' holds files that are not of a grid (${fewOf(foreign)}); choose another folder`,
  );
}

/**
 * Takes a folder for one grid alone.
 *
 * @returns what gives it back.
 * @throws ConfigError when another process works in it.
 */
export async function lockGrid(out: string): Promise<() => Promise<void>> {
  await openFolder(out);
  return lockRun(out);
}

/** A worker whose grid was killed ends after its current step; a new one waits so long for it. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;

/**
 * Takes a cell's folder for one worker alone, as soon as another has gone.
 *
 * @throws ConfigError when another works in it for longer than a minute.
 */
export async function lockCell(folder: string, clock: Clock): Promise<() => Promise<void>> {
  const start = clock();
  for (;;) {
    try {
      return await lockRun(folder);
    } catch (error) {
      if (!(error instanceof ConfigError) || clock() - start > PATIENCE_MS) throw error;
      await setTimeout(LOOK_EVERY_MS);
    }
  }
}
