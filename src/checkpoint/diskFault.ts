import { PavlovError, CheckpointError } from '../core/errors.js';

/** What to tell about an operating system's refusal: what it means and what helps. */
const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EFBIG: 'the file is larger than allowed; raise the limit on file sizes',
  EACCES: 'permission denied; choose a folder that you may write to',
  EPERM: 'permission denied; choose a folder that you may write to',
  EROFS: 'the file system is read-only; choose another folder',
  ENOTDIR: 'a file is in the way; choose another folder',
  EEXIST: 'something of that name is in the way; move it away',
  EMFILE: 'too many files are open; raise the limit on open files',
  EIO: 'the disk failed; check it',
};

/** The operating system's code of an error, such as `ENOENT`; undefined where it has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** True when the error says that a path does not exist. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/**
 * An operating system's error as a message of ours; errors of ours, and faults of the program, as they are.
 *
 * @param where what was handled, such as `checkpoint step-000400`.
 * @param action what was tried, such as `save it in runs/a`.
 */
export function diskFault(where: string, action: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof PavlovError || code === undefined) return error;
  const help = advice[code] ?? (error as Error).message; // a code comes only with an Error
  return new CheckpointError(`${where}: expected to ${action}, got ${code}; ${help}`, { cause: error });
}
