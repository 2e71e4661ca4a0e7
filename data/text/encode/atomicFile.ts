import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, diskAdvice } from '../../../src/core/diskErrors.js';
import { DataError } from '../../../src/core/errors.js';

/** The disk's word for why a file cannot be written, as a DataError. */
export function writeError(path: string, error: unknown): DataError {
  const code = codeOf(error) ?? String(error);
  const help = diskAdvice(code) ?? 'check the folder and its rights';
  return new DataError(`${path}: expected to write the file, got ${code}; ${help}`, { cause: error });
}

async function writeAll(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length;) at += (await file.write(part, at)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file beside its place, syncs it and renames it: readers see the old file or the whole new one.
 *
 * @throws DataError when the disk is full or the folder cannot be written; nothing is left behind then.
 */
export async function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeAll(beside, parts);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw writeError(path, error);
  }
}
