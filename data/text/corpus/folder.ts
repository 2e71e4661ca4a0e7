import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { fileError } from './fileSlices.js';
import { isReadable } from './readers.js';

/** Files that go with a corpus and are no part of it. */
const NOT_TEXT = /^(licen[cs]e|readme|notice)\b/i;
const TRAIN = /(^|[-_.])train([-_.]|$)/i;
const VALIDATION = /(^|[-_.])(val|valid|validation)([-_.]|$)/i;

/** The files of a folder: of two splits, or of one corpus that is yet to be split. */
export type FolderFiles =
  | { readonly train: readonly string[]; readonly validation: readonly string[] }
  | { readonly all: readonly string[] };

async function readableFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  return entries
    .filter((entry) => !entry.isDirectory() && isReadable(entry.name) && !NOT_TEXT.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/**
 * Sorts the files of a folder into splits by their names: `train.txt`, `train-*.txt`, `val.txt`, and likewise
 * `TinyStoriesV2-GPT4-train.txt`, `validation-00000-of-00001.parquet`. Without any such name all files are
 * one corpus. Other files, folders, and LICENSE, README and NOTICE files are left alone.
 *
 * @throws DataError when nothing can be read, or one split is there and the other is missing.
 */
export async function folderFiles(folder: string): Promise<FolderFiles> {
  const names = await readableFiles(folder);
  if (names.length === 0) {
    throw new DataError(
      `${folder}: expected .txt, .jsonl or .parquet files, got none; give another folder or fetch the data`,
    );
  }
  const paths = (pattern: RegExp): string[] =>
    names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
  const [train, validation] = [paths(TRAIN), paths(VALIDATION)];
  if (train.length === 0 && validation.length === 0) return { all: paths(/./) };
  if (train.length > 0 && validation.length > 0) return { train, validation };
  const missing = train.length === 0 ? 'train.txt' : 'val.txt';
  throw new DataError(
    `${folder}: expected both train.txt and val.txt, got ${names.join(', ')}; add ${missing}, ` +
      'or give the single file to have a part of it held out',
  );
}
