import { z } from 'zod';
import { existsSync } from 'node:fs';
import { reasonOf } from '../../../src/core/text.js';
import { join } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import { callback, optionsCheck } from '../../../src/core/options.js';
import type { Corpus } from '../corpus/corpus.js';
import { hashJson } from '../corpus/fingerprint.js';
import type { Split } from '../corpus/toy.js';
import type { Tokenizer } from '../tokenizer/contract.js';
import { followingFields, runWork, type Following } from '../work.js';
import { encodingWork } from './encodeStories.js';
import { readTokenFile, writeTokenFile } from './tokenFile.js';
import { storyCount, type EncodedSet, type TokenSet } from './tokenSet.js';

/** Changes when the same stories would give other arrays. */
const ENCODING_VERSION = 2;
/** What happens while a corpus is encoded. */
export type EncodeEvent =
  /** What the reader of a file left out, or may have taken otherwise than it was meant. */
  | { readonly type: 'remark'; readonly text: string }
  /** The cache held the tokens; nothing was encoded. */
  | { readonly type: 'cacheHit'; readonly path: string }
  | { readonly type: 'cacheWritten'; readonly path: string }
  /** The cache file cannot be trusted; it is encoded again and replaced. */
  | { readonly type: 'cacheDamaged'; readonly path: string; readonly reason: string }
  /** The cache file could not be written; the tokens are good all the same. */
  | { readonly type: 'cacheUnwritable'; readonly path: string; readonly reason: string };

/** How a corpus is encoded. */
export interface EncodeOptions extends Following {
  /** Folder for the token files; without it nothing is kept. */
  readonly cacheDir?: string;
  readonly onEvent?: (event: EncodeEvent) => void;
}

export const checkEncodeOptions = optionsCheck<EncodeOptions>({
  cacheDir: z.string().optional(),
  onEvent: callback<(event: EncodeEvent) => void>().optional(),
  ...followingFields,
});

/** Who follows the encoding. */
const followingOf = ({ signal, onProgress }: EncodeOptions): Following => ({ signal, onProgress });

/** A name for a tokenizer's exact behaviour: SHA-256 of its JSON, as hex. */
export function tokenizerHash(tokenizer: Tokenizer): string {
  return hashJson(tokenizer.toJSON());
}

/** A name for the tokens of a corpus under a tokenizer, as hex. */
export function encodingKey(corpus: Corpus, tokenizer: Tokenizer): string {
  return hashJson([ENCODING_VERSION, corpus.fingerprint, tokenizerHash(tokenizer)]);
}

async function encodeSplit(
  stories: Iterable<string>,
  split: Split,
  tokenizer: Tokenizer,
  following: Following,
): Promise<TokenSet> {
  const work = encodingWork(stories, tokenizer);
  const set = await runWork(work, following, { doing: `encoding the ${split} stories` });
  if (storyCount(set) > 0) return set;
  throw new DataError(`data: expected stories in the ${split} split, got none; use more text`);
}

async function encodeAfresh(
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: EncodeOptions,
): Promise<EncodedSet> {
  const train = await encodeSplit(corpus.train, 'train', tokenizer, followingOf(options));
  const validation = await encodeSplit(corpus.validation, 'validation', tokenizer, followingOf(options));
  for (const text of corpus.remarks?.() ?? []) options.onEvent?.({ type: 'remark', text });
  return { train, validation };
}

async function readCache(path: string, key: string, options: EncodeOptions): Promise<EncodedSet | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const set = await readTokenFile(path, key, followingOf(options));
    options.onEvent?.({ type: 'cacheHit', path });
    return set;
  } catch (error) {
    options.signal?.throwIfAborted();
    options.onEvent?.({ type: 'cacheDamaged', path, reason: reasonOf(error) });
    return undefined;
  }
}

async function writeCache(path: string, key: string, set: EncodedSet, options: EncodeOptions): Promise<void> {
  try {
    await writeTokenFile(path, key, set, followingOf(options));
    options.onEvent?.({ type: 'cacheWritten', path });
  } catch (error) {
    options.signal?.throwIfAborted();
    options.onEvent?.({ type: 'cacheUnwritable', path, reason: reasonOf(error) });
  }
}

/** A name that is a file's and leads out of no folder; that of a prepared set comes from whoever made it. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 60);
}

/**
 * Both splits of a corpus as tokens.
 *
 * With `cacheDir` they are kept in a file named after the hash of the source and the tokenizer, and read
 * from there the next time. Before it is used, a file's key, sizes and checksum are verified; one that fails
 * is reported by an event and encoded anew. A prepared set that was made with the same tokenizer is given as
 * it is.
 *
 * @throws DataError when the text cannot be read or a split is empty; the signal's reason when aborted.
 */
export async function encodeCorpus(
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: EncodeOptions = {},
): Promise<EncodedSet> {
  checkEncodeOptions('encodeCorpus', options);
  const { prepared } = corpus;
  if (prepared && tokenizerHash(prepared.tokenizer) === tokenizerHash(tokenizer)) return prepared.set;
  if (options.cacheDir === undefined) return encodeAfresh(corpus, tokenizer, options);
  const key = encodingKey(corpus, tokenizer);
  const path = join(options.cacheDir, `${fileName(corpus.name)}-${key.slice(0, 16)}.tokens`);
  const cached = await readCache(path, key, options);
  if (cached) return cached;
  const set = await encodeAfresh(corpus, tokenizer, options);
  await writeCache(path, key, set, options);
  return set;
}
