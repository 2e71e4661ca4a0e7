import { existsSync } from 'node:fs';
import { reasonOf } from '../../../src/core/text.js';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DataError } from '../../../src/core/errors.js';
import { hashJson } from '../corpus/fingerprint.js';
import { TokenSetBuilder } from './encodeStories.js';
import { readTokenFile, writeTokenFile } from './tokenFile.js';
/** Changes when the same stories would give other arrays. */
const ENCODING_VERSION = 1;
/** Text encoded between two chances to stop or to draw progress. */
const BYTES_A_TURN = 1 << 20;
/** A name for a tokenizer's exact behaviour: SHA-256 of its JSON, as hex. */
export function tokenizerHash(tokenizer) {
    return hashJson(tokenizer.toJSON());
}
/** A name for the tokens of a corpus under a tokenizer, as hex. */
export function encodingKey(corpus, tokenizer) {
    return hashJson([ENCODING_VERSION, corpus.fingerprint, tokenizerHash(tokenizer)]);
}
async function encodeSplit(stories, split, tokenizer, { onEvent, signal }) {
    const builder = new TokenSetBuilder(tokenizer);
    let told = 0;
    for (const story of stories) {
        builder.add(story);
        if (builder.bytes - told < BYTES_A_TURN)
            continue;
        told = builder.bytes;
        onEvent?.({ type: 'progress', split, stories: builder.stories, bytes: builder.bytes });
        await setImmediate();
        signal?.throwIfAborted();
    }
    if (builder.stories === 0) {
        throw new DataError(`data: expected stories in the ${split} split, got none; use more text`);
    }
    onEvent?.({ type: 'progress', split, stories: builder.stories, bytes: builder.bytes });
    return builder.build();
}
async function encodeAfresh(corpus, tokenizer, options) {
    const train = await encodeSplit(corpus.train, 'train', tokenizer, options);
    const validation = await encodeSplit(corpus.validation, 'validation', tokenizer, options);
    for (const text of corpus.remarks?.() ?? [])
        options.onEvent?.({ type: 'remark', text });
    return { train, validation };
}
async function readCache(path, key, options) {
    if (!existsSync(path))
        return undefined;
    try {
        const set = await readTokenFile(path, key);
        options.onEvent?.({ type: 'cacheHit', path });
        return set;
    }
    catch (error) {
        options.onEvent?.({ type: 'cacheDamaged', path, reason: reasonOf(error) });
        return undefined;
    }
}
async function writeCache(path, key, set, options) {
    try {
        await writeTokenFile(path, key, set);
        options.onEvent?.({ type: 'cacheWritten', path });
    }
    catch (error) {
        options.onEvent?.({ type: 'cacheUnwritable', path, reason: reasonOf(error) });
    }
}
/** A name that is a file's and leads out of no folder; that of a prepared set comes from whoever made it. */
function fileName(name) {
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
export async function encodeCorpus(corpus, tokenizer, options = {}) {
    const { prepared } = corpus;
    if (prepared && tokenizerHash(prepared.tokenizer) === tokenizerHash(tokenizer))
        return prepared.set;
    if (options.cacheDir === undefined)
        return encodeAfresh(corpus, tokenizer, options);
    const key = encodingKey(corpus, tokenizer);
    const path = join(options.cacheDir, `${fileName(corpus.name)}-${key.slice(0, 16)}.tokens`);
    const cached = await readCache(path, key, options);
    if (cached)
        return cached;
    const set = await encodeAfresh(corpus, tokenizer, options);
    await writeCache(path, key, set, options);
    return set;
}
