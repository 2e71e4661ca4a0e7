import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../../src/core/errors.js';
import { isRunning } from '../../../src/core/processes.js';
import type { Corpus } from '../corpus/corpus.js';
import type { Tokenizer } from '../tokenizer/contract.js';
import type { Following } from '../work.js';
import { tokenizerFromJson } from '../tokenizer/registry.js';
import { makeFolder } from '../../../src/core/atomicFile.js';
import { writeAtomically, writeError } from './atomicFile.js';
import { checkEncodeOptions, encodeCorpus, type EncodeOptions, encodingKey } from './encodeCorpus.js';
import { readTokenFile, writeTokenFile } from './tokenFile.js';
import { storyCount, storyTokens, type TokenSet } from './tokenSet.js';
import { readWhole } from '../../../src/core/wholeFile.js';

/** Of a manifest, its tokenizer included. */
const MOST_MANIFEST_BYTES = 64e6;
const MANIFEST = 'prepared.json';
const TOKENS = 'prepared.tokens';

const manifestSchema = z.strictObject({
  format: z.literal('pavlov-prepared'),
  version: z.literal(1),
  name: z.string(),
  bytes: z.number().int().nonnegative(),
  fingerprint: z.string(),
  key: z.string(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  tokenizer: z.unknown(),
});

/** Whether a folder holds a prepared set. */
export function isPreparedFolder(folder: string): boolean {
  return existsSync(join(folder, MANIFEST));
}

async function readManifest(folder: string): Promise<z.infer<typeof manifestSchema>> {
  const path = join(folder, MANIFEST);
  try {
    return manifestSchema.parse(JSON.parse(String(await readWhole(path, MOST_MANIFEST_BYTES))));
  } catch (error) {
    throw new DataError(
      `${path}: expected the manifest of a prepared set, got something else; prepare it again`,
      {
        cause: error,
      },
    );
  }
}

/** The stories of a set as text; encoding is exact, so they are the stories it was made from. */
function decoded(set: TokenSet, tokenizer: Tokenizer): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (let story = 0; story < storyCount(set); story++) yield tokenizer.decode(storyTokens(set, story));
    },
  };
}

/**
 * The corpus of a prepared set; its stories are decoded as they are asked for.
 *
 * @throws DataError when a part is missing or damaged.
 */
export async function loadPrepared(folder: string, following: Following = {}): Promise<Corpus> {
  const { name, bytes, fingerprint, files, key, tokenizer: json } = await readManifest(folder);
  const path = join(folder, TOKENS);
  if (!existsSync(path))
    throw new DataError(`${path}: expected the tokens, got no file; prepare the set again`);
  const tokenizer = tokenizerFromJson(json);
  const set = await readTokenFile(path, key, following);
  const train = decoded(set.train, tokenizer);
  const validation = decoded(set.validation, tokenizer);
  return { name, train, validation, bytes, fingerprint, files, prepared: { tokenizer, set } };
}

/** Removes what processes that were killed while they prepared the same folder have left beside it. */
async function removeParts(folder: string): Promise<void> {
  const [parent, own] = [dirname(folder), basename(folder)];
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = name.startsWith(own) ? /^\.(\d+)\.part$/.exec(name.slice(own.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Encodes a corpus and keeps tokens and tokenizer in a new folder that `loadCorpus` reads.
 *
 * The folder appears whole or not at all.
 *
 * @throws DataError when the folder is there already or cannot be written.
 */
export async function prepareCorpus(
  corpus: Corpus,
  tokenizer: Tokenizer,
  folder: string,
  options: EncodeOptions = {},
): Promise<Corpus> {
  const { signal, onProgress } = checkEncodeOptions('prepareCorpus', options);
  const following = { signal, onProgress };
  if (existsSync(folder)) {
    throw new DataError(`${folder}: expected a new folder, got one that is there; remove it or name another`);
  }
  const set = await encodeCorpus(corpus, tokenizer, options);
  const key = encodingKey(corpus, tokenizer);
  const { name, bytes, fingerprint, files } = corpus;
  const manifest = { format: 'pavlov-prepared', version: 1, name, bytes, fingerprint, key, files, tokenizer };
  const beside = `${resolve(folder)}.${process.pid}.part`;
  await removeParts(resolve(folder));
  try {
    await makeFolder(beside);
    await writeTokenFile(join(beside, TOKENS), key, set, following);
    await writeAtomically(join(beside, MANIFEST), [Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]);
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined); // the first error is the one to tell
    signal?.throwIfAborted();
    throw error instanceof DataError ? error : writeError(folder, error);
  }
  return loadPrepared(folder, following);
}
