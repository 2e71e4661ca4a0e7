import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { DataError } from '../../../src/core/errors.js';

/** The U+FFFD of the text as it stands in a file. */
const REPLACEMENT = Buffer.from('\uFFFD');

/** Offset of the first bytes that are not UTF-8; the size when there are none. */
export function invalidUtf8At(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (character === '\uFFFD' && !REPLACEMENT.equals(bytes.subarray(offset, offset + size))) return offset;
    offset += size;
  }
  return bytes.length;
}

/** A story as every reader gives it: lines end with one character, whatever the system, and nothing stands around it. */
export function storyText(text: string): string {
  return (text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text).trim();
}

const LINE_FEED = 10;

/** The number of the line that holds a byte of a file, by reading it up to there. */
function lineOf(path: string, offset: number): number {
  const [file, buffer] = [openSync(path, 'r'), Buffer.alloc(1 << 20)];
  try {
    let [line, at] = [1, 0];
    while (at < offset) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, offset - at), at);
      if (count === 0) return line;
      const read = buffer.subarray(0, count);
      for (let i = read.indexOf(LINE_FEED); i >= 0; i = read.indexOf(LINE_FEED, i + 1)) line++;
      at += count;
    }
    return line;
  } finally {
    closeSync(file);
  }
}

/**
 * The text of bytes from a file.
 *
 * @param offset place of the first byte in the file, for the message
 * @throws DataError with the file, the line and the byte offset when they are not UTF-8, or hold a zero, which no text does.
 */
export function decodeUtf8(bytes: Uint8Array, path: string, offset: number): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    throw new DataError(
      `${path}:${lineOf(path, offset + zero)}: expected text in UTF-8, got a zero byte at offset ${offset + zero}, as in UTF-16 or a file that is no text; convert it to UTF-8`,
    );
  }
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const at = invalidUtf8At(bytes);
  const value = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  throw new DataError(
    `${path}:${lineOf(path, offset + at)}: expected UTF-8, got the byte 0x${value} at offset ${offset + at}; ` +
      'convert the file to UTF-8 or remove the damaged part',
  );
}
