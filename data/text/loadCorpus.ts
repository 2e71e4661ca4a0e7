import { z } from 'zod';
import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { codeOf } from '../../src/core/diskErrors.js';
import { DataError, suggest } from '../../src/core/errors.js';
import { callback, made, optionsCheck } from '../../src/core/options.js';
import { isPreparedFolder, loadPrepared } from './encode/prepared.js';
import type { Corpus, SourceFile } from './corpus/corpus.js';
import { hashFile, hashJson } from './corpus/fingerprint.js';
import { fileError } from './corpus/fileSlices.js';
import { folderFiles } from './corpus/folder.js';
import { readFileStories, type ReaderOptions } from './corpus/readers.js';
import { checkFraction, type SplitStories, splitStories } from './corpus/split.js';
import { type ToyOptions, toyStories } from './corpus/toy.js';

import { followingFields, runWork, type Following } from './work.js';

/** Name of the built-in generator. */
const TOY = 'toy';
/** Changes when the same files would give other stories. */
const RULES_VERSION = 3;

/** How a corpus is read. */
export interface CorpusOptions {
  /** Field or column with the text of `.jsonl` and `.parquet` files; `text` by default. */
  readonly textColumn?: string;
  /** Share of the stories held out when the source has no validation file; 0.05 by default. */
  readonly validationFraction?: number;
  /**
   * Nothing is held out: all stories of a source without a validation file are for validation. May be decided by the
   * contents of the files.
   */
  readonly whole?: boolean | ((files: readonly SourceFile[]) => boolean);
  /** For the generated stories. */
  readonly toy?: ToyOptions;
}

const checkOptions = optionsCheck<CorpusOptions & Following>({
  textColumn: z.string().optional(),
  validationFraction: z.number().optional(),
  whole: z.union([z.boolean(), callback<(files: readonly SourceFile[]) => boolean>()]).optional(),
  toy: made<ToyOptions>('options of the generated stories').optional(),
  ...followingFields,
});

function toyCorpus(options: ToyOptions | undefined): Corpus {
  const { train, validation } = toyStories(options);
  const bytes = [...train, ...validation].reduce((sum, story) => sum + Buffer.byteLength(story), 0);
  const fingerprint = hashJson([TOY, train, validation]);
  return { name: TOY, train, validation, bytes, fingerprint, files: [] };
}

async function hashAll(paths: readonly string[], following: Following): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) files.push(await hashFile(path, following));
  return files;
}

/** The stories of several files, one file after the other. */
async function readAll(paths: readonly string[], options: ReaderOptions): Promise<Iterable<string>> {
  const parts: Iterable<string>[] = [];
  for (const path of paths) parts.push(await readFileStories(path, options));
  return {
    *[Symbol.iterator]() {
      for (const part of parts) yield* part;
    },
  };
}

/** What makes the stories of a file source what they are. */
interface FileSource {
  readonly remarks: ReadonlyMap<string, string>;
  readonly path: string;
  readonly files: readonly SourceFile[];
  readonly stories: SplitStories;
  readonly rule: unknown;
  readonly part?: 'held out' | 'whole';
}

function fileCorpus({ path, files, stories, rule, part, remarks }: FileSource): Corpus {
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

async function unsplitCorpus(path: string, paths: readonly string[], options: Settings): Promise<Corpus> {
  const { validationFraction, textColumn, whole, remarks, signal, onProgress } = options;
  const all = await readAll(paths, options);
  const files = await hashAll(paths, options);
  if (typeof whole === 'function' ? whole(files) : whole) {
    const stories = { train: [], validation: all };
    return fileCorpus({ path, files, stories, rule: { whole: true, textColumn }, part: 'whole', remarks });
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const split = splitStories(path, all, validationFraction);
  const stories = await runWork(split, { signal, onProgress }, { doing: 'counting the stories', total });
  const rule = { validationFraction, textColumn };
  return fileCorpus({ path, files, stories, rule, part: 'held out', remarks });
}

async function folderCorpus(path: string, options: Settings): Promise<Corpus> {
  const found = await folderFiles(path);
  if ('all' in found) return unsplitCorpus(path, found.all, options);
  const train = await readAll(found.train, options);
  const validation = await readAll(found.validation, options);
  const rule = { train: found.train.length, textColumn: options.textColumn };
  const files = await hashAll([...found.train, ...found.validation], options);
  return fileCorpus({ path, files, stories: { train, validation }, rule, remarks: options.remarks });
}

function missing(spec: string): DataError {
  return new DataError(
    `data: expected '${TOY}', a folder, or a .txt, .jsonl or .parquet file, got '${spec}', which is not there` +
      `${suggest(spec, [TOY])}; check the path (a run whose data has moved takes --data), or fetch TinyStories ` +
      `with 'pavlov data tinystories'`,
  );
}

/** Whether a source is a folder, or a file. */
async function isFolder(spec: string): Promise<boolean> {
  const found = await stat(spec).catch((error: unknown) => {
    throw ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '') ? missing(spec) : fileError(spec, error);
  });
  return found.isDirectory();
}

interface Settings extends ReaderOptions, Following {
  /** What the readers said of each file, at its last pass. */
  readonly remarks: ReadonlyMap<string, string>;
  readonly validationFraction: number;
  readonly whole: NonNullable<CorpusOptions['whole']>;
}

/**
 * The corpus that a `--data` value names: `toy`, a prepared set, a folder (with train and val files, or any
 * text files), or one `.txt`, `.jsonl` or `.parquet` file.
 *
 * @throws DataError when it is not there or cannot be read; ConfigError for a wrong option; the signal's reason when
 *   aborted.
 */
export async function loadCorpus(spec: string, options: CorpusOptions & Following = {}): Promise<Corpus> {
  const given = checkOptions('loadCorpus', options);
  const { textColumn = 'text', validationFraction = 0.05, whole = false, toy, signal, onProgress } = given;
  const remarks = new Map<string, string>();
  const onRemark = (path: string, text: string | undefined): void => {
    if (text === undefined) remarks.delete(path);
    else remarks.set(path, text);
  };
  const settings = { textColumn, validationFraction, whole, remarks, onRemark, signal, onProgress };
  checkFraction(validationFraction);
  if (spec === TOY) return toyCorpus(toy);
  if (!(await isFolder(spec))) return unsplitCorpus(spec, [spec], settings);
  return isPreparedFolder(spec) ? loadPrepared(spec, { signal, onProgress }) : folderCorpus(spec, settings);
}
