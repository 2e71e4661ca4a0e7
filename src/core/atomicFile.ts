import { constants, lstat, mkdir, open, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from './diskErrors.js';

/** The system names no path where it refuses to write to an open file. */
function withPath(error: unknown, path: string): unknown {
  return error instanceof Error && 'syscall' in error ? Object.assign(error, { path }) : error;
}

/**
 * Writes a file and waits until the disk has it.
 *
 * @param flags `wx` refuses a file that exists.
 * @throws the operating system's error, with the path.
 */
export async function writeSynced(
  path: string,
  parts: readonly (Uint8Array | string)[],
  flags: 'w' | 'wx' = 'w',
): Promise<void> {
  const file = await open(path, flags);
  try {
    for (const part of parts) await file.writeFile(part); // each goes on where the last one ended
    await file.sync();
  } catch (error) {
    throw withPath(error, path);
  } finally {
    await file.close();
  }
}

/**
 * Opens a file to write on at its end. A link in its place is not followed: it would lead out of the folder.
 *
 * @throws the operating system's error: ELOOP for a link, where the system can tell.
 */
export async function openToAppend(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants as Partial<typeof constants>; // not all are on Windows
  return open(path, (O_WRONLY ?? 0) | (O_CREAT ?? 0) | (O_APPEND ?? 0) | (O_NOFOLLOW ?? 0));
}

/**
 * Replaces a file: writes a temporary file beside it, syncs it and renames it. Readers see the old file or the whole
 * new one, also after a kill. A link in its place is replaced, not followed.
 *
 * @throws the operating system's error, with the path; no temporary file is left then.
 */
export async function replaceFile(path: string, parts: readonly (Uint8Array | string)[]): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    // One that is there is of a dead process that had the same number, or a link, which is not to be written through.
    await rm(temporary, { force: true });
    await writeSynced(temporary, parts, 'wx');
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to report
    throw withPath(error, path);
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/**
 * Makes a folder and those above it that are missing. Node's own recursive `mkdir` never ends where a folder that is there
 * takes no others and says ENOENT, as those of /proc do.
 *
 * @param mode rights of what is made; by default those of the process.
 * @returns the uppermost folder that was made; `undefined` where all were there.
 * @throws the operating system's error.
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const whole = resolve(path);
  try {
    await mkdir(whole, mode);
    return whole;
  } catch (error) {
    if (await isFolder(whole)) return undefined;
    const above = dirname(whole);
    if (codeOf(error) !== 'ENOENT' || above === whole) throw error;
    const first = await makeFolder(above, mode);
    // Once more, also where another has made the folder above meanwhile.
    const own = await mkdir(whole, mode).then(
      () => whole,
      async (again: unknown) => {
        if (!(await isFolder(whole))) throw again;
      },
    );
    return first ?? own ?? undefined;
  }
}

/**
 * Makes a folder in one that the user named. A link in the place of it, or of one on the way, is not followed: it came with
 * the folder and may lead to other files of the user.
 *
 * @throws the operating system's error, with the path; ELOOP for a link.
 */
export async function makeFolderIn(root: string, ...names: readonly string[]): Promise<string> {
  let path = root;
  await makeFolder(root);
  for (const name of names) {
    path = join(path, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSymbolicLink() === true) {
      throw Object.assign(new Error(`${path} is a link`), { code: 'ELOOP', syscall: 'mkdir', path });
    }
    await makeFolder(path);
  }
  return path;
}

/** Removes a folder and those it lies in, up to `first`, which `makeFolder` gave, as long as they are empty. */
export async function removeUpTo(first: string, folder: string): Promise<void> {
  try {
    await rmdir(folder);
    if (folder !== first) await removeUpTo(first, dirname(folder));
  } catch {
    // It is not empty, or not ours to remove: then it stays, and the fault that led here is the one to tell.
  }
}
