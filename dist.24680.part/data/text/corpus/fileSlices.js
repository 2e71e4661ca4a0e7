import { closeSync, openSync, readSync } from 'node:fs';
import { codeOf, diskAdvice } from '../../../src/core/diskErrors.js';
import { DataError } from '../../../src/core/errors.js';
const CHUNK_BYTES = 1 << 22;
/** V8 holds no string longer than about this, so one story cannot be larger. */
const LONGEST_SLICE = 2 ** 29 - 32;
/** The disk's word for why a file cannot be used, as a DataError. */
export function fileError(path, error) {
    const code = codeOf(error) ?? String(error);
    const help = diskAdvice(code) ?? 'check the path and its rights';
    return new DataError(`${path}: expected a file that can be read, got ${code}; ${help}`, { cause: error });
}
function open(path) {
    try {
        return openSync(path, 'r');
    }
    catch (error) {
        throw fileError(path, error);
    }
}
function assertShort(size, path) {
    if (size <= LONGEST_SLICE)
        return;
    throw new DataError(`${path}: expected stories of at most ${LONGEST_SLICE} bytes, got a longer one; ` +
        'end every story with a line <|endoftext|>');
}
/** Reads at least as much again as is left over, so that a long slice costs linear time. */
function readMore(file, left, path) {
    assertShort(left.length, path);
    const buffer = Buffer.allocUnsafe(left.length + Math.max(CHUNK_BYTES, left.length));
    left.copy(buffer);
    let filled = left.length;
    while (filled < buffer.length) {
        const count = readSync(file, buffer, filled, buffer.length - filled, null);
        if (count === 0)
            return { buffer: buffer.subarray(0, filled), atEnd: true };
        filled += count;
    }
    return { buffer, atEnd: false };
}
/**
 * The slices of a file between separators, first to last, the last one up to the end of the file.
 *
 * A byte order mark at the start is skipped. Holds a few megabytes, or twice the longest slice.
 *
 * @throws DataError when the file cannot be read.
 */
export function* fileSlices(path, find) {
    const file = open(path);
    try {
        let { buffer, atEnd } = readMore(file, Buffer.alloc(0), path);
        let [begin, from, base] = [0, 0, 0];
        if (buffer.subarray(0, 3).equals(Buffer.from('\uFEFF')))
            [buffer, base] = [buffer.subarray(3), 3];
        for (;;) {
            const found = find(buffer, from, atEnd);
            if (typeof found !== 'number') {
                assertShort(found.begin - begin, path);
                yield { bytes: buffer.subarray(begin, found.begin), offset: base + begin };
                begin = from = found.end;
            }
            else if (atEnd) {
                assertShort(buffer.length - begin, path);
                yield { bytes: buffer.subarray(begin), offset: base + begin };
                return;
            }
            else {
                from = found - begin;
                base += begin;
                ({ buffer, atEnd } = readMore(file, buffer.subarray(begin), path));
                begin = 0;
            }
        }
    }
    finally {
        closeSync(file);
    }
}
