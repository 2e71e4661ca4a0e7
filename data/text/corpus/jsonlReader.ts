import { DataError } from '../../../src/core/errors.js';
import { fileSlices, type FindSeparator } from './fileSlices.js';
import { decodeUtf8 } from './utf8Text.js';

const findNewline: FindSeparator = (buffer, from) => {
  const at = buffer.indexOf(10, from);
  return at < 0 ? Math.max(from, buffer.length) : { begin: at, end: at + 1 };
};

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `${where}: expected one JSON value a line, got a fault (${reason}); repair the line`,
      {
        cause: error,
      },
    );
  }
}

function textOf(value: unknown, column: string, where: string): string {
  if (typeof value === 'string') return value;
  const record = typeof value === 'object' && value !== null ? value : {};
  const field: unknown = Object.hasOwn(record, column) ? Reflect.get(record, column) : undefined;
  if (typeof field === 'string') return field;
  const names = Object.keys(record).slice(0, 8).join(', ') || 'none';
  throw new DataError(
    `${where}: expected a string or an object with the text in '${column}', got the fields: ${names}; ` +
      'name the text column',
  );
}

/**
 * The stories of a file with one JSON value a line: a string, or an object with the text in one field.
 *
 * @throws DataError with the line when it is not JSON or has no text there.
 */
export function* readJsonl(path: string, column: string): Generator<string> {
  let line = 0;
  for (const { bytes, offset } of fileSlices(path, findNewline)) {
    line += 1;
    const json = decodeUtf8(bytes, path, offset).trim();
    if (json === '') continue;
    const where = `${path}:${line}`;
    const story = textOf(parseLine(json, where), column, where).trim();
    if (story !== '') yield story;
  }
}
