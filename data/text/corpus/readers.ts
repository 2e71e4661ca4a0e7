import { extname } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { readJsonl } from './jsonlReader.js';
import { readParquet } from './parquetReader.js';
import { readText } from './textReader.js';

/** How files are read. */
export interface ReaderOptions {
  /** Field or column that holds the text of `.jsonl` and `.parquet` files. */
  readonly textColumn: string;
}

type Reader = (path: string, options: ReaderOptions) => Promise<Iterable<string>>;

/** Reads again at every iteration. */
function again(read: () => Iterator<string>): Iterable<string> {
  return { [Symbol.iterator]: read };
}

/** How to read a file, by its extension. */
export const readers: Readonly<Record<string, Reader>> = {
  '.txt': async (path) => again(() => readText(path)),
  '.jsonl': async (path, { textColumn }) => again(() => readJsonl(path, textColumn)),
  '.parquet': async (path, { textColumn }) => readParquet(path, textColumn),
};

/** Whether a file has an extension that can be read. */
export function isReadable(path: string): boolean {
  return Object.hasOwn(readers, extname(path).toLowerCase());
}

/** Stories of one file that must not be empty. */
function* notEmpty(path: string, stories: Iterable<string>): Generator<string> {
  let count = 0;
  for (const story of stories) {
    count += 1;
    yield story;
  }
  if (count > 0) return;
  throw new DataError(
    `${path}: expected at least one story, got an empty file; remove it or choose other data`,
  );
}

/**
 * The stories of one file, which can be iterated again and again.
 *
 * @throws DataError for an unknown extension; while iterating, for an empty or damaged file.
 */
export async function readFileStories(path: string, options: ReaderOptions): Promise<Iterable<string>> {
  const extension = extname(path).toLowerCase();
  const reader = Object.hasOwn(readers, extension) ? readers[extension] : undefined;
  if (!reader) {
    const known = Object.keys(readers).join(' | ');
    throw new DataError(
      `${path}: expected a file that ends in ${known}, got '${extension}'; convert it to one of these`,
    );
  }
  const stories = await reader(path, options);
  return again(() => notEmpty(path, stories));
}
