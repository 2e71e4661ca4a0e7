import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { diskFault } from '../src/checkpoint/diskFault.js';
import { codeOf } from '../src/core/diskErrors.js';
import { ConfigError } from '../src/core/errors.js';

const LOCK_FILE = 'run.lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Locks of this process, and those it is about to have. A file with its number that is not among them is of a dead
 * process that had the same.
 */
const held = new Set<string>();

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false; // see `held`
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive too.
    return codeOf(error) !== 'ESRCH';
  }
}

/** Who holds a lock, `dead` where nobody can any more or a crash cut the file short, `none` without a file. */
async function holderOf(path: string): Promise<Holder | 'dead' | 'none'> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return 'none';
  const [pid, host] = text.trimEnd().split(' on ');
  if (!/^\d+$/.test(pid ?? '') || host === undefined) return 'dead';
  const holder = { pid: Number(pid), host };
  return host !== hostname() || isAlive(holder.pid) ? holder : 'dead';
}

function inUse(folder: string, { pid, host }: Holder, path: string): ConfigError {
  return new ConfigError(
    `run folder ${folder} is in use by process ${pid} on ${host}; ` +
      `wait for it or stop it, and if it is no longer there delete ${path}`,
  );
}

/** Disks without hard links; there a lock may for a moment be seen empty. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

/** Makes a file that holds its text from the start; false where one of that name is there. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const mine = `${path}.${process.pid}`;
  try {
    await writeFile(mine, text);
    await link(mine, path).catch(async (error: unknown) => {
      if (!NO_LINKS.has(codeOf(error) ?? '')) throw error;
      await writeFile(path, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/**
 * Removes the lock of a dead process. Of several that want to, one at a time may, and looks again first: else the
 * second would remove the lock that the first has made meanwhile.
 */
async function removeDead(folder: string, path: string, text: string): Promise<void> {
  const right = `${path}.takeover`;
  if (!(await createWhole(right, text))) {
    const other = await holderOf(right);
    if (other === 'none') return;
    if (other !== 'dead') throw inUse(folder, other, right);
    throw new ConfigError(
      `run folder ${folder}: expected one process to take over from a dead one, got one that died of it; delete ${right}`,
    );
  }
  try {
    if ((await holderOf(path)) === 'dead') await rm(path);
  } finally {
    await rm(right, { force: true });
  }
}

async function claim(folder: string, path: string): Promise<void> {
  const text = `${process.pid} on ${hostname()}\n`;
  while (!(await createWhole(path, text))) {
    const holder = await holderOf(path);
    if (holder === 'dead') await removeDead(folder, path, text);
    else if (holder !== 'none') throw inUse(folder, holder, path);
  }
}

/**
 * Keeps a run folder for this process, so that no two write into one; gives what ends that. The lock of a
 * process that was killed is taken over, by one of those that want it.
 *
 * @throws ConfigError when another process, or another run of this one, has the folder; CheckpointError when
 *   the lock cannot be written.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), LOCK_FILE);
  if (held.has(path)) throw inUse(folder, { pid: process.pid, host: hostname() }, path);
  held.add(path);
  try {
    await claim(folder, path);
  } catch (error) {
    held.delete(path);
    throw diskFault(`run folder ${folder}`, `write ${LOCK_FILE}`, error);
  }
  return async () => {
    await rm(path, { force: true });
    held.delete(path);
  };
}
