import { z } from 'zod';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { made, optionsCheck } from '../../../src/core/options.js';
import { hashFile } from '../corpus/fingerprint.js';
import { folderFiles } from '../corpus/folder.js';
import { makeFolder } from '../../../src/core/atomicFile.js';
import { writeError } from '../encode/atomicFile.js';
import { webAddress } from './http.js';
import { downloadFile, type Downloaded } from './downloadFile.js';
import { downloadFields, type DownloadOptions } from './options.js';

/** Where the public files are: Hugging Face, data set roneneldan/TinyStories, licence CDLA-Sharing-1.0. */
export const TINY_STORIES_ADDRESS = 'https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/';

/** The second version of the stories, all of them written by GPT-4, and the names they get here. */
const FILES = [
  { remote: 'TinyStoriesV2-GPT4-valid.txt', local: 'val.txt' },
  { remote: 'TinyStoriesV2-GPT4-train.txt', local: 'train.txt' },
] as const;

/** How TinyStories is fetched. */
export interface TinyStoriesOptions extends Pick<DownloadOptions, 'timing' | 'onEvent' | 'signal'> {
  /** Address of a mirror that holds the same file names. */
  readonly baseUrl?: string;
  /** Known hashes by remote file name. */
  readonly sha256?: Readonly<Record<string, string>>;
  /** A local folder to copy from in the place of the network. */
  readonly from?: string;
}

const checkOptions = optionsCheck<TinyStoriesOptions>({
  baseUrl: z.string().optional(),
  sha256: made<Readonly<Record<string, string>>>('hashes by file name').optional(),
  from: z.string().optional(),
  ...downloadFields,
});

async function download(folder: string, options: TinyStoriesOptions): Promise<Downloaded[]> {
  const { baseUrl = TINY_STORIES_ADDRESS, sha256 = {}, timing, onEvent, signal } = options;
  const base = webAddress(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`, 'mirror');
  const done: Downloaded[] = [];
  for (const { remote, local } of FILES) {
    const path = join(folder, local);
    const known = sha256[remote];
    const file = await downloadFile({
      url: new URL(remote, base).href,
      path,
      ...(known !== undefined && { sha256: known }),
      ...(timing && { timing }),
      ...(onEvent && { onEvent }),
      ...(signal && { signal }),
    });
    done.push(file);
  }
  return done;
}

/** Copies one file beside its place, compares the copy with the original, and renames it. */
async function copyVerified(source: string, path: string, signal?: AbortSignal): Promise<Downloaded> {
  const beside = `${path}.part`;
  try {
    signal?.throwIfAborted();
    await copyFile(source, beside);
    const [original, copy] = [await hashFile(source, { signal }), await hashFile(beside, { signal })];
    if (original.sha256 !== copy.sha256) {
      throw new DataError(`${path}: expected a true copy of ${source}, got other bytes; check the disk`);
    }
    await rename(beside, path);
    return { path, bytes: copy.bytes, sha256: copy.sha256, verified: 'sha256' };
  } catch (error) {
    await rm(beside, { force: true });
    throw error instanceof DataError || signal?.aborted ? error : writeError(path, error);
  }
}

async function copyFolder(
  from: string,
  folder: string,
  { onEvent, signal }: TinyStoriesOptions,
): Promise<Downloaded[]> {
  const found = await folderFiles(from);
  if ('all' in found) {
    throw new DataError(
      `${from}: expected train and val files, got ${found.all.map((path) => basename(path)).join(', ')}; ` +
        'name them train.txt and val.txt',
    );
  }
  await makeFolder(folder).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  const done: Downloaded[] = [];
  for (const source of [...found.validation, ...found.train]) {
    const name = basename(source);
    const file = await copyVerified(source, join(folder, name), signal);
    onEvent?.({ type: 'done', file: name, bytes: file.bytes, verified: file.verified });
    done.push(file);
  }
  return done;
}

/**
 * Brings the public TinyStories files (version 2) into a folder that `loadCorpus` reads: `train.txt` and
 * `val.txt` from the network, or the train and val files of a local folder.
 *
 * A download that was cut off goes on where it stopped. Files that are there already
 * and are the ones announced are not fetched again.
 *
 * @throws ConfigError for a mirror whose address is none of the web; DataError as `downloadFile` does, and when the local folder has no such files; the signal's reason, or
 * an AbortError, when aborted.
 */
export async function fetchTinyStories(
  folder: string,
  options: TinyStoriesOptions = {},
): Promise<readonly Downloaded[]> {
  const { from } = checkOptions('fetchTinyStories', options);
  if (from === undefined) return download(folder, options);
  return copyFolder(from, folder, options);
}
