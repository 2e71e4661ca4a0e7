import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file and waits until the disk has it.
 *
 * @param flags `wx` refuses a file that exists.
 * @throws the operating system's error.
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
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file: writes a temporary file beside it, syncs it and renames it. Readers see the old file or the whole
 * new one, also after a kill. A link in its place is replaced, not followed.
 *
 * @throws the operating system's error; no temporary file is left then.
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
    throw error;
  }
}
