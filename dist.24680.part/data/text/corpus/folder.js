import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { fileError } from './fileSlices.js';
import { isReadable } from './readers.js';
/** Files that go with a corpus and are no part of it; hidden ones are of the system, as `._` ones of macOS. */
const NOT_TEXT = /^\.|^(licen[cs]e|readme|notice)\b/i;
/** Names that a file has only as one of two parts. */
const EXACT = /^(train|val|valid|validation)\.[^.]+$/i;
const TRAIN = /(^|[-_.])train([-_.]|$)/i;
const VALIDATION = /(^|[-_.])(val|valid|validation)([-_.]|$)/i;
async function readableFiles(folder) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
        throw fileError(folder, error);
    });
    const names = entries
        .filter((entry) => !entry.isDirectory() && isReadable(entry.name) && !NOT_TEXT.test(entry.name))
        .map(({ name }) => name)
        .sort();
    if (names.length > 0)
        return names;
    const folders = entries.filter((entry) => entry.isDirectory()).length;
    const got = folders > 0 ? `only ${folders} folders, which are not looked into` : 'none';
    throw new DataError(`${folder}: expected .txt, .jsonl or .parquet files, got ${got}; give another folder or fetch the data`);
}
/**
 * Sorts the files of a folder into splits by their names: `train.txt`, `train-*.txt`, `val.txt`, and likewise
 * `TinyStoriesV2-GPT4-train.txt`, `validation-00000-of-00001.parquet`. Without both kinds of names all files are
 * one corpus, unless one is called just `train` or `val`: then the other is missing. Other files, folders, and LICENSE, README and NOTICE files are left alone.
 *
 * @throws DataError when nothing can be read, or one split is there and the other is missing.
 */
export async function folderFiles(folder) {
    const names = await readableFiles(folder);
    const paths = (pattern) => names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
    const [train, validation] = [paths(TRAIN), paths(VALIDATION)];
    if (train.length > 0 && validation.length > 0)
        return { train, validation };
    // A novel may be called "The night train".
    if (!names.some((name) => EXACT.test(name)))
        return { all: paths(/./) };
    const missing = train.length === 0 ? 'train.txt' : 'val.txt';
    throw new DataError(`${folder}: expected both train.txt and val.txt, got ${names.join(', ')}; add ${missing}, ` +
        'or give the single file to have a part of it held out');
}
