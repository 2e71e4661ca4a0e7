import { constants, link, lstat, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { diskFault } from '../src/checkpoint/diskFault.js';
import { removeLeftovers } from '../src/checkpoint/store.js';
import { codeOf } from '../src/core/diskErrors.js';
import { ConfigError } from '../src/core/errors.js';
import { isRunning, LARGEST_PID } from '../src/core/processes.js';

const LOCK_FILE = 'run.lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * When a process began, as text that no other of the same number has: the start of the machine and ticks since then.
 * Undefined where the system does not tell, as all but Linux.
 */
async function beginOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all(
      ['/proc/sys/kernel/random/boot_id', `/proc/${pid}/stat`].map((path) => readFile(path, 'utf8')),
    );
    // The name of the program, in brackets, may hold blanks; the time is the 20th field behind it.
    const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return boot === undefined || ticks === undefined ? undefined : `${boot.trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}

/**
 * Locks of this process, and those it is about to have. A file with its number that is not among them is of a dead
 * process that had the same.
 */
const held = new Set<string>();

/** Of this process see `held`. */
const isAlive = (pid: number): boolean => pid !== process.pid && isRunning(pid);

/**
 * The text of a lock, without following links; nothing where there is none.
 *
 * @throws ConfigError for anything but a file.
 */
async function readLock(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) {
      const kind = found.isSymbolicLink() ? 'a link' : found.isDirectory() ? 'a folder' : 'no file';
      throw new ConfigError(`${path}: expected a lock that a process wrote, got ${kind}; delete it`);
    }
    // Of a link that comes between, Windows knows nothing.
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Who holds a lock, `dead` where nobody can any more or a crash cut the file short, `none` without a file. */
async function holderOf(path: string): Promise<Holder | 'dead' | 'none'> {
  const text = await readLock(path);
  if (text === undefined) return 'none';
  const [, pid, host, since] = /^(\d+) on (.+?)(?: since (.+))?$/.exec(text.trimEnd()) ?? [];
  if (pid === undefined || host === undefined) return 'dead';
  const holder = { pid: Number(pid), host };
  const isElsewhere = host !== hostname() && holder.pid >= 1 && holder.pid <= LARGEST_PID;
  if (isElsewhere) return holder;
  if (!isAlive(holder.pid)) return 'dead';
  // After a restart of a machine or a container its number may be that of another.
  const begin = since === undefined ? undefined : await beginOf(holder.pid);
  return begin === undefined || begin === since ? holder : 'dead';
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
    // One that is there is of a dead process that had the same number, or a link, which is not to be written through.
    await rm(mine, { force: true });
    await writeFile(mine, text, { flag: 'wx' });
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

/** A lock that was freed between two looks is tried again, but not for ever. */
const CLAIMS = 100;

async function claim(folder: string, path: string): Promise<void> {
  const since = await beginOf(process.pid);
  const text = `${process.pid} on ${hostname()}${since === undefined ? '' : ` since ${since}`}\n`;
  for (let i = 0; i < CLAIMS; i++) {
    if (await createWhole(path, text)) return;
    const holder = await holderOf(path);
    if (holder === 'dead') await removeDead(folder, path, text);
    else if (holder !== 'none') throw inUse(folder, holder, path);
  }
  throw new ConfigError(
    `run folder ${folder}: ${path} appears and disappears; find out what makes it and try again`,
  );
}

/** Removes what processes that were killed while they made a lock, saved, deleted or replaced a file, have left. */
async function removeLitter(folder: string): Promise<void> {
  await removeLeftovers(folder).catch(() => undefined);
  for (const name of await readdir(folder).catch(() => [])) {
    const writer = /\.(\d+)\.part$/.exec(name)?.[1];
    if (writer !== undefined && Number(writer) !== process.pid && !isRunning(Number(writer))) {
      await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
    const pid = /^run\.lock\.(?:takeover\.)?(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(folder, name);
    // One of another machine may be in the making.
    const holder = await holderOf(path).catch(() => 'dead' as const);
    if (holder === 'dead') await rm(path, { force: true }).catch(() => undefined);
  }
}

/**
 * Keeps a run folder for this process, so that no two write into one; gives what ends that. The lock of a
 * process that was killed is taken over, by one of those that want it.
 *
 * @throws ConfigError when another process, or another run of this one, has the folder, or something that is no lock is
 *   in its place; CheckpointError when the lock cannot be written.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), LOCK_FILE);
  if (held.has(path)) throw inUse(folder, { pid: process.pid, host: hostname() }, path);
  held.add(path);
  try {
    await claim(folder, path);
    await removeLitter(resolve(folder));
  } catch (error) {
    held.delete(path);
    throw diskFault(`run folder ${folder}`, `write ${LOCK_FILE}`, error);
  }
  return async () => {
    await rm(path, { force: true });
    held.delete(path);
  };
}
