import { fileSlices, type FileSlice, type FindSeparator, LONGEST_SLICE } from './fileSlices.js';
import type { Remark } from './remarks.js';
import { decodeUtf8, storyText } from './utf8Text.js';

const MARKER = '<|endoftext|>';
const MARKER_BYTES = Buffer.from(MARKER);
const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32];

/** A line of more blanks than this is no marker's, so that none has to be held to its end. */
const MOST_BLANKS = 1 << 20;

/** A text above the first is read in parts of about the second, in bytes. */
interface Limits {
  readonly longest: number;
  readonly part: number;
}

const LIMITS: Limits = { longest: LONGEST_SLICE, part: 1 << 20 };

/** A place to cut a long text: behind the last line end of a part, else the last blank, else between characters. */
function cutOf({ bytes }: FileSlice, part: number): number {
  const slice = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(part, bytes.length));
  for (const end of [NEWLINE, SPACE]) {
    const at = slice.lastIndexOf(end);
    if (at > part / 2) return at + 1;
  }
  let at = part;
  // The bytes of a character behind its first are 10xxxxxx; it has at most four.
  while (at > part - 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;
const endsLine = (byte: number | undefined): boolean =>
  byte === undefined || byte === NEWLINE || byte === RETURN;

/** The line that ends a story; a marker that shares its line with text is text. */
const findMarkerLine: FindSeparator = (buffer, from, atEnd) => {
  for (let at = buffer.indexOf(MARKER_BYTES, from); at >= 0; at = buffer.indexOf(MARKER_BYTES, at + 1)) {
    let [begin, end] = [at, at + MARKER_BYTES.length];
    while (isBlank(buffer[begin - 1])) begin -= 1;
    while (isBlank(buffer[end])) end += 1;
    if (end >= buffer.length && !atEnd && end - at < MOST_BLANKS) return at;
    if (endsLine(buffer[begin - 1]) && endsLine(buffer[end])) return { begin, end };
  }
  return Math.max(from, buffer.length - MARKER_BYTES.length);
};

function countMarkers(text: string): number {
  let count = 0;
  for (let at = text.indexOf(MARKER); at >= 0; at = text.indexOf(MARKER, at + 1)) count += 1;
  return count;
}

/**
 * The stories of a text file, read as they are asked for: what stands between lines `<|endoftext|>`, without
 * outer white space. What follows the last marker is a story too; empty ones are left out. A text of more than 64 MiB
 * comes in parts of about 1 MiB, cut at line ends, so that no file needs more memory than that.
 *
 * @param remark told, at the end, how many markers stand inside stories
 * @throws DataError with the byte offset when the file is not UTF-8, or when it cannot be read.
 */
export function* readText(
  path: string,
  remark: Remark = () => undefined,
  { longest, part }: Limits = LIMITS,
): Generator<string> {
  let [inside, cuts] = [0, 0];
  const cut = (slice: FileSlice): number => {
    cuts += 1;
    return cutOf(slice, part);
  };
  for (const { bytes, offset } of fileSlices(path, findMarkerLine, { bytes: longest, cut })) {
    const story = storyText(decodeUtf8(bytes, path, offset));
    inside += countMarkers(story);
    if (story !== '') yield story;
  }
  const remarks = [
    inside > 0 && `${inside} x ${MARKER} is taken for text; a marker ends a story only on a line of its own`,
    cuts > 0 && `a text of more than ${longest} bytes is read as stories of about ${part}; ${cuts} cuts`,
  ];
  const told = remarks.filter((one) => one !== false);
  remark(told.length > 0 && `${path}: ${told.join('; ')}`);
}
