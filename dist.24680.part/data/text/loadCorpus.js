import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { DataError, suggest } from '../../src/core/errors.js';
import { isPreparedFolder, loadPrepared } from './encode/prepared.js';
import { hashFile, hashJson } from './corpus/fingerprint.js';
import { folderFiles } from './corpus/folder.js';
import { readFileStories } from './corpus/readers.js';
import { checkFraction, splitStories } from './corpus/split.js';
import { toyStories } from './corpus/toy.js';
/** Name of the built-in generator. */
const TOY = 'toy';
/** Changes when the same files would give other stories. */
const RULES_VERSION = 2;
function toyCorpus(options) {
    const { train, validation } = toyStories(options);
    const bytes = [...train, ...validation].reduce((sum, story) => sum + Buffer.byteLength(story), 0);
    const fingerprint = hashJson([TOY, train, validation]);
    return { name: TOY, train, validation, bytes, fingerprint, files: [] };
}
async function hashAll(paths) {
    const files = [];
    for (const path of paths)
        files.push(await hashFile(path));
    return files;
}
/** The stories of several files, one file after the other. */
async function readAll(paths, options) {
    const parts = [];
    for (const path of paths)
        parts.push(await readFileStories(path, options));
    return {
        *[Symbol.iterator]() {
            for (const part of parts)
                yield* part;
        },
    };
}
function fileCorpus({ path, files, stories, rule, part, remarks }) {
    return {
        remarks: () => [...remarks.values()],
        ...(part && { part }),
        name: basename(resolve(path), extname(path)),
        train: stories.train,
        validation: stories.validation,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        fingerprint: hashJson([
            RULES_VERSION,
            rule,
            files.map(({ path: file, sha256 }) => [extname(file), sha256]),
        ]),
        files,
    };
}
async function unsplitCorpus(path, paths, options) {
    const { validationFraction, textColumn, whole, remarks } = options;
    const all = await readAll(paths, options);
    const files = await hashAll(paths);
    if (whole) {
        const stories = { train: [], validation: all };
        return fileCorpus({ path, files, stories, rule: { whole, textColumn }, part: 'whole', remarks });
    }
    const stories = splitStories(path, all, validationFraction);
    const rule = { validationFraction, textColumn };
    return fileCorpus({ path, files, stories, rule, part: 'held out', remarks });
}
async function folderCorpus(path, options) {
    const found = await folderFiles(path);
    if ('all' in found)
        return unsplitCorpus(path, found.all, options);
    const train = await readAll(found.train, options);
    const validation = await readAll(found.validation, options);
    const rule = { train: found.train.length, textColumn: options.textColumn };
    const files = await hashAll([...found.train, ...found.validation]);
    return fileCorpus({ path, files, stories: { train, validation }, rule, remarks: options.remarks });
}
function missing(spec) {
    return new DataError(`data: expected '${TOY}', a folder, or a .txt, .jsonl or .parquet file, got '${spec}', which is not there` +
        `${suggest(spec, [TOY])}; check the path, or fetch TinyStories with 'pavlov data tinystories'`);
}
/**
 * The corpus that a `--data` value names: `toy`, a prepared set, a folder (with train and val files, or any
 * text files), or one `.txt`, `.jsonl` or `.parquet` file.
 *
 * @throws DataError when it is not there or cannot be read; ConfigError for a wrong option.
 */
export async function loadCorpus(spec, options = {}) {
    const { textColumn = 'text', validationFraction = 0.05, whole = false, toy } = options;
    const remarks = new Map();
    const onRemark = (path, text) => {
        if (text === undefined)
            remarks.delete(path);
        else
            remarks.set(path, text);
    };
    const settings = { textColumn, validationFraction, whole, remarks, onRemark };
    checkFraction(validationFraction);
    if (spec === TOY)
        return toyCorpus(toy);
    if (!existsSync(spec))
        throw missing(spec);
    if (!statSync(spec).isDirectory())
        return unsplitCorpus(spec, [spec], settings);
    return isPreparedFolder(spec) ? loadPrepared(spec) : folderCorpus(spec, settings);
}
