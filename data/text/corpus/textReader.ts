import { fileSlices, type FindSeparator } from './fileSlices.js';
import { decodeUtf8 } from './utf8Text.js';

const MARKER = Buffer.from('<|endoftext|>');
const NEWLINE = 10;
const RETURN = 13;

/** The line that ends a story; a marker that shares its line with text is text. */
const findMarkerLine: FindSeparator = (buffer, from, atEnd) => {
  for (let at = buffer.indexOf(MARKER, from); at >= 0; at = buffer.indexOf(MARKER, at + 1)) {
    let end = at + MARKER.length;
    if (buffer[end] === RETURN) end += 1;
    if (end >= buffer.length && !atEnd) return at;
    const startsLine = at === 0 || buffer[at - 1] === NEWLINE;
    if (startsLine && (end >= buffer.length || buffer[end] === NEWLINE)) return { begin: at, end };
  }
  return Math.max(from, buffer.length - MARKER.length);
};

/**
 * The stories of a text file, read as they are asked for: what stands between lines `<|endoftext|>`, without
 * outer white space. What follows the last marker is a story too; empty ones are left out.
 *
 * @throws DataError with the byte offset when the file is not UTF-8, or when it cannot be read.
 */
export function* readText(path: string): Generator<string> {
  for (const { bytes, offset } of fileSlices(path, findMarkerLine)) {
    const story = decodeUtf8(bytes, path, offset).trim();
    if (story !== '') yield story;
  }
}
