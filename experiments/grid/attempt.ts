import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { diskFault, isMissing } from '../../src/checkpoint/diskFault.js';
import { makeFolder } from '../../src/core/atomicFile.js';
import { codeOf } from '../../src/core/diskErrors.js';
import { ConfigError } from '../../src/core/errors.js';

/*
 * A cell in a folder that several machines share:
 *
 *   <cell>/attempt-<n>/lease           who works there; its time is renewed while they do
 *                      ...             the folder of the cell, as on one machine
 *
 * The number is the token of the lease. Who takes a cell over renames attempt-n to attempt-n+1, which one of several can
 * do and takes what was saved along. A process that was paused and comes back finds no folder under its old name, so that
 * nothing it writes or commits gets into the cell any more: there is no moment between a check and a write.
 */

const LEASE = 'lease';

/** A cell that is this process's for as long as its lease is renewed. */
export interface Attempt {
  readonly folder: string;
  /** Aborted when another has taken the cell over. */
  readonly lost: AbortSignal;
  /** Lets others take the cell at once. */
  readonly end: () => Promise<void>;
}

interface TakeOptions {
  /** Who takes it, for those who wait. */
  readonly holder: string;
  /** A lease that was not renewed for so long is stale. */
  readonly staleMs: number;
  /** Whether a queue has taken the cell from its last holder already, so that there is nothing to wait for. */
  readonly isGiven?: boolean;
}

async function latest(cell: string): Promise<number | undefined> {
  const numbers = (await readdir(cell)).flatMap((name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? []);
  return numbers.length === 0 ? undefined : Math.max(...numbers.map(Number));
}

/** Time of the last renewal; undefined where the lease was given back. */
async function renewedAt(folder: string): Promise<number | undefined> {
  return (await stat(join(folder, LEASE)).catch(none))?.mtimeMs;
}

const none = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
};

/** Clocks of machines differ: a lease is stale when it was seen not to change for so long. */
async function isStale(folder: string, staleMs: number): Promise<boolean> {
  const before = await renewedAt(folder);
  if (before === undefined) return true;
  await setTimeout(staleMs);
  return (await renewedAt(folder)) === before;
}

/** Moves the newest attempt to a number of one's own; undefined when another was first. */
async function moveOn(cell: string, from: number, holder: string): Promise<string | undefined> {
  const folder = join(cell, `attempt-${from + 1}`);
  try {
    await rename(join(cell, `attempt-${from}`), folder);
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
  // The lock of a process of another machine, which has no name to come back to.
  for (const path of [folder, join(folder, 'run')]) {
    for (const name of (await readdir(path).catch(none)) ?? [])
      if (name.startsWith('run.lock')) await rm(join(path, name), { force: true });
  }
  await writeFile(join(folder, LEASE), `${holder}\n`);
  return folder;
}

function hold(folder: string, { staleMs }: TakeOptions): Attempt {
  const lost = new AbortController();
  let renewals = 0;
  const renew = async (): Promise<void> => {
    // Its time alone: a file that is written anew is empty for a moment, in which others read who works here. Any time that
    // is another one will do, since clocks of machines differ.
    renewals++;
    // A disk that is away may come back; a folder that is gone was taken over.
    await utimes(join(folder, LEASE), renewals, renewals).catch((error: unknown) => {
      if (isMissing(error)) lost.abort();
    });
  };
  const timer = setInterval(() => void renew(), staleMs / 3);
  const end = async (): Promise<void> => {
    clearInterval(timer);
    await rm(join(folder, LEASE), { force: true });
  };
  return { folder, lost: lost.signal, end };
}

/**
 * Takes a cell in a shared folder, and what was saved of it.
 *
 * @throws ConfigError when another machine works on it; CheckpointError when the folder cannot be written.
 */
export async function takeAttempt(cell: string, options: TakeOptions): Promise<Attempt> {
  const { holder, staleMs, isGiven = false } = options;
  try {
    await makeFolder(cell);
    for (;;) {
      const newest = await latest(cell);
      if (newest === undefined) {
        // Several may make it; one of them moves it on.
        await mkdir(join(cell, 'attempt-0')).catch((error: unknown) => {
          if (codeOf(error) !== 'EEXIST') throw error;
        });
        continue;
      }
      const folder = join(cell, `attempt-${newest}`);
      if (!isGiven && !(await isStale(folder, staleMs))) {
        // Empty in the moment in which a new holder writes it.
        const who = (await readFile(join(folder, LEASE), 'utf8').catch(none))?.trim() || 'another';
        throw new ConfigError(`cell ${cell}: is in use by ${who}; wait for it or stop it`);
      }
      const mine = await moveOn(cell, newest, holder);
      if (mine !== undefined) return hold(mine, options);
    }
  } catch (error) {
    throw diskFault(`cell ${cell}`, 'take it', error);
  }
}
