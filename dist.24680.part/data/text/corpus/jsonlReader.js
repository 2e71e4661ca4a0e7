import { DataError } from '../../../src/core/errors.js';
import { fileSlices } from './fileSlices.js';
import { assertWellFormed } from '../tokenizer/utf8.js';
import { kindOf, withoutText } from './remarks.js';
import { decodeUtf8, storyText } from './utf8Text.js';
const ARRAY_ADVICE = "write one value a line, for example with jq -c '.[]'";
const findNewline = (buffer, from) => {
    const at = buffer.indexOf(10, from);
    return at < 0 ? Math.max(from, buffer.length) : { begin: at, end: at + 1 };
};
function parseLine(line, where) {
    try {
        return JSON.parse(line);
    }
    catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const advice = line.startsWith('[') ? ARRAY_ADVICE : 'repair the line';
        throw new DataError(`${where}: expected one JSON value a line, got a fault (${reason}); ${advice}`, {
            cause: error,
        });
    }
}
/** The text of a value; `undefined` for a row without one. */
function textOf(value, column, where) {
    if (typeof value === 'string')
        return value;
    if (value === null)
        return undefined;
    if (Array.isArray(value)) {
        throw new DataError(`${where}: expected a string or an object on each line, got a list; ${ARRAY_ADVICE}`);
    }
    const record = typeof value === 'object' ? value : {};
    const field = Object.hasOwn(record, column) ? Reflect.get(record, column) : undefined;
    if (typeof field === 'string')
        return field;
    if (field === null)
        return undefined;
    if (field !== undefined) {
        throw new DataError(`${where}: expected text in '${column}', got ${kindOf(field)}; drop such rows, or name another column with --text-column`);
    }
    const names = Object.keys(record).slice(0, 8).join(', ') || 'none';
    throw new DataError(`${where}: expected a string or an object with the text in '${column}', got the fields: ${names}; ` +
        'name the column with the text with --text-column');
}
/**
 * The stories of a file with one JSON value a line: a string, or an object with the text in one field. Rows where it
 * is null are left out.
 *
 * @param remark told, at the end, how many rows were left out
 * @throws DataError with the line when it is not JSON or has no text there.
 */
export function* readJsonl(path, column, remark = () => undefined) {
    let [line, empty] = [0, 0];
    for (const { bytes, offset } of fileSlices(path, findNewline)) {
        line += 1;
        const json = decodeUtf8(bytes, path, offset).trim();
        if (json === '')
            continue;
        const where = `${path}:${line}`;
        const text = textOf(parseLine(json, where), column, where);
        if (text === undefined) {
            empty += 1;
            continue;
        }
        assertWellFormed(text, where);
        const story = storyText(text);
        if (story !== '')
            yield story;
    }
    remark(empty > 0 && withoutText(path, empty, line));
}
