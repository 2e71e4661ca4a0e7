import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { codeOf, diskFault } from '../src/checkpoint/diskFault.js';
import { ConfigError } from '../src/core/errors.js';

const LOCK_FILE = 'run.lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Locks of this process: its number alone would not tell them from those of a dead one that had the same. */
const held = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive too.
    return codeOf(error) !== 'ESRCH';
  }
}

/** Who holds the lock; undefined where nobody can any more, or the file is cut short by a crash. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [pid, host] = text.trimEnd().split(' on ');
  if (!/^\d+$/.test(pid ?? '') || host === undefined) return undefined;
  const holder = { pid: Number(pid), host };
  if (host !== hostname()) return holder;
  const lives = holder.pid === process.pid ? held.has(path) : isAlive(holder.pid);
  return lives ? holder : undefined;
}

async function claim(folder: string, path: string): Promise<void> {
  const text = `${process.pid} on ${hostname()}\n`;
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw diskFault(`run folder ${folder}`, `write ${LOCK_FILE}`, error);
    const holder = await holderOf(path);
    if (holder === undefined) {
      await rm(path, { force: true });
      return claim(folder, path);
    }
    throw new ConfigError(
      `run folder ${folder}: expected no other process in it, got process ${holder.pid} on ${holder.host}; ` +
        `wait for it or stop it, and if it is no longer there delete ${path}`,
    );
  }
}

/**
 * Keeps a run folder for this process, so that no two write into one; gives what ends that. The lock of a
 * process that was killed is taken over.
 *
 * @throws ConfigError when another process, or another run of this one, has the folder; CheckpointError when
 *   the lock cannot be written.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), LOCK_FILE);
  await claim(folder, path);
  held.add(path);
  return async () => {
    held.delete(path);
    await rm(path, { force: true });
  };
}
