import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, diskAdvice } from '../../../src/core/diskErrors.js';
import { DataError } from '../../../src/core/errors.js';
import { checkIsFile, READ_FLAGS } from '../../../src/core/wholeFile.js';

const CHUNK_BYTES = 1 << 22;

/** Bytes of a file and where they begin. */
export interface FileSlice {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** A separator found in a buffer: it begins at `begin`, the next slice at `end`. */
interface Separator {
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds the first separator at or after `from`, or tells from where to look again once there is more.
 * `atEnd` is true when the buffer ends with the file.
 */
export type FindSeparator = (buffer: Buffer, from: number, atEnd: boolean) => Separator | number;

/** The disk's word for why a file cannot be used, as a DataError. */
export function fileError(path: string, error: unknown): DataError {
  const code = codeOf(error) ?? String(error);
  const help = diskAdvice(code) ?? 'check the path and its rights';
  return new DataError(`${path}: expected a file that can be read, got ${code}; ${help}`, { cause: error });
}

function open(path: string): number {
  try {
    const file = openSync(path, READ_FLAGS);
    try {
      checkIsFile(fstatSync(file));
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

function readInto(path: string, file: number, buffer: Buffer): number {
  try {
    return readSync(file, buffer);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Reads at least as much again as is left over, so that a long slice costs linear time. */
function readMore(
  path: string,
  file: number,
  left: Buffer,
): { readonly buffer: Buffer; readonly atEnd: boolean } {
  const buffer = Buffer.allocUnsafe(left.length + Math.max(CHUNK_BYTES, left.length));
  left.copy(buffer);
  let filled = left.length;
  while (filled < buffer.length) {
    const count = readInto(path, file, buffer.subarray(filled));
    if (count === 0) return { buffer: buffer.subarray(0, filled), atEnd: true };
    filled += count;
  }
  return { buffer, atEnd: false };
}

/** What to do with a slice that is longer than a slice may be. */
export interface Longest {
  readonly bytes: number;
  /** Where to cut it, given as much of it as was read, or how it is refused. A rest of more than twice a cut is cut again. */
  readonly cut: (slice: FileSlice) => number;
}

/** The most bytes of a slice: longer ones would take memory without bound, and seconds in one go. */
export const LONGEST_SLICE = 1 << 26;

/**
 * The slices of a file between separators, first to last, the last one up to the end of the file.
 *
 * A byte order mark at the start is skipped. Holds a few megabytes, or twice the longest slice.
 *
 * @throws DataError when the file cannot be read.
 */
export function* fileSlices(path: string, find: FindSeparator, longest: Longest): Generator<FileSlice> {
  const file = open(path);
  try {
    let { buffer, atEnd } = readMore(path, file, Buffer.alloc(0));
    let [begin, from, base, most] = [0, 0, 0, longest.bytes];
    if (buffer.subarray(0, 3).equals(Buffer.from('\uFEFF'))) [buffer, base] = [buffer.subarray(3), 3];
    for (;;) {
      const found = find(buffer, from, atEnd);
      const end = typeof found !== 'number' ? found.begin : atEnd ? buffer.length : found;
      const slice = (to: number): FileSlice => ({ bytes: buffer.subarray(begin, to), offset: base + begin });
      while (end - begin > most) {
        const cut = longest.cut(slice(end));
        yield slice(begin + cut);
        [begin, most] = [begin + cut, 2 * cut];
      }
      if (typeof found === 'number' && !atEnd) {
        from = found - begin;
        base += begin;
        ({ buffer, atEnd } = readMore(path, file, buffer.subarray(begin)));
        begin = 0;
        continue;
      }
      yield slice(end);
      if (typeof found === 'number') return;
      begin = from = found.end;
      most = longest.bytes;
    }
  } finally {
    closeSync(file);
  }
}
