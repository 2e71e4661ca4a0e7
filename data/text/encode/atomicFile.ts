import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '../../../src/core/atomicFile.js';
import { codeOf, diskAdvice } from '../../../src/core/diskErrors.js';
import { DataError } from '../../../src/core/errors.js';

/** The operating system's reason why a file cannot be written, as a DataError. */
export function writeError(path: string, error: unknown): DataError {
  const code = codeOf(error) ?? String(error);
  const help = diskAdvice(code) ?? 'check the folder and its rights';
  return new DataError(`${path}: expected to write the file, got ${code}; ${help}`, { cause: error });
}

/**
 * Replaces a file at once, and makes its folder where there is none; see `replaceFile`.
 *
 * @throws DataError when the disk is full or the folder cannot be written; nothing is left behind then.
 */
export async function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await replaceFile(path, parts);
  } catch (error) {
    throw writeError(path, error);
  }
}
