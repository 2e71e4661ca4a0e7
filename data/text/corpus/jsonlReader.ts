import { DataError } from '../../../src/core/errors.js';
import { fileSlices, type FindSeparator, LONGEST_SLICE } from './fileSlices.js';
import { assertWellFormed } from '../tokenizer/utf8.js';
import { kindOf, withoutText, type Remark } from './remarks.js';
import { decodeUtf8, storyText } from './utf8Text.js';

const ARRAY_ADVICE = "write one value a line, for example with jq -c '.[]'";

const LONG_ADVICE = 'divide its text among several lines, or keep it as a .txt file';

const findNewline: FindSeparator = (buffer, from) => {
  const at = buffer.indexOf(10, from);
  return at < 0 ? Math.max(from, buffer.length) : { begin: at, end: at + 1 };
};

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = line.startsWith('[') ? ARRAY_ADVICE : 'repair the line';
    throw new DataError(`${where}: expected one JSON value a line, got a fault (${reason}); ${advice}`, {
      cause: error,
    });
  }
}

/** The text of a value; `undefined` for a row without one. */
function textOf(value: unknown, column: string, where: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    throw new DataError(`${where}: expected a string or an object on each line, got a list; ${ARRAY_ADVICE}`);
  }
  const record = typeof value === 'object' ? value : {};
  const field: unknown = Object.hasOwn(record, column) ? Reflect.get(record, column) : undefined;
  if (typeof field === 'string') return field;
  if (field === null) return undefined;
  if (field !== undefined) {
    throw new DataError(
      `${where}: expected text in '${column}', got ${kindOf(field)}; drop such rows, or name another column with --text-column`,
    );
  }
  const names = Object.keys(record).slice(0, 8).join(', ') || 'none';
  throw new DataError(
    `${where}: expected a string or an object with the text in '${column}', got the fields: ${names}; ` +
      'name the column with the text with --text-column',
  );
}

/**
 * The stories of a file with one JSON value a line: a string, or an object with the text in one field. Rows where it
 * is null are left out.
 *
 * @param remark told, at the end, how many rows were left out
 * @throws DataError with the line when it is not JSON or has no text there.
 */
export function* readJsonl(
  path: string,
  column: string,
  remark: Remark = () => undefined,
): Generator<string> {
  let [line, empty] = [0, 0];
  const cut = (): never => {
    throw new DataError(
      `${path}:${line + 1}: expected a line of at most ${LONGEST_SLICE} bytes, got a longer one; ${LONG_ADVICE}`,
    );
  };
  for (const { bytes, offset } of fileSlices(path, findNewline, { bytes: LONGEST_SLICE, cut })) {
    line += 1;
    const json = decodeUtf8(bytes, path, offset).trim();
    if (json === '') continue;
    const where = `${path}:${line}`;
    const text = textOf(parseLine(json, where), column, where);
    if (text === undefined) {
      empty += 1;
      continue;
    }
    assertWellFormed(text, where);
    const story = storyText(text);
    if (story !== '') yield story;
  }
  remark(empty > 0 && withoutText(path, empty, line));
}
