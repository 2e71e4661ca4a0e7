import { extname } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { readJsonl } from './jsonlReader.js';
import { readParquet } from './parquetReader.js';
import { readText } from './textReader.js';
/** Reads again at every iteration. */
function again(read) {
    return { [Symbol.iterator]: read };
}
/** How to read a file, by its extension. */
const readers = {
    '.txt': async (path, _, remark) => again(() => readText(path, remark)),
    '.jsonl': async (path, textColumn, remark) => again(() => readJsonl(path, textColumn, remark)),
    '.parquet': readParquet,
};
/** Whether a file has an extension that can be read. */
export function isReadable(path) {
    return Object.hasOwn(readers, extname(path).toLowerCase());
}
/** Stories of one file that must not be empty. */
function* notEmpty(path, stories) {
    let count = 0;
    for (const story of stories) {
        count += 1;
        yield story;
    }
    if (count > 0)
        return;
    throw new DataError(`${path}: expected at least one story, got an empty file; remove it or choose other data`);
}
/**
 * The stories of one file, which can be iterated again and again.
 *
 * @throws DataError for an unknown extension; while iterating, for an empty or damaged file.
 */
export async function readFileStories(path, options) {
    const extension = extname(path).toLowerCase();
    const reader = Object.hasOwn(readers, extension) ? readers[extension] : undefined;
    if (!reader) {
        const known = Object.keys(readers).join(' | ');
        throw new DataError(`${path}: expected a file that ends in ${known}, got '${extension}'; convert it to one of these`);
    }
    const { textColumn, onRemark } = options;
    const stories = await reader(path, textColumn, (text) => onRemark?.(path, text || undefined));
    return again(() => notEmpty(path, stories));
}
