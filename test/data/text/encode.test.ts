import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeCorpus,
  encodeCorpus,
  type EncodeEvent,
  encodeStories,
  encodingKey,
  loadCorpus,
  type Progress,
  prepareCorpus,
  storyCount,
  storyTokens,
  tokenizerFor,
  tokenizerFromJson,
} from '../../../data/index.js';
import { readTokenFile, writeTokenFile } from '../../../data/text/encode/tokenFile.js';
import { DataError } from '../../../src/core/errors.js';
import { useTempFolder } from './support/tempFolder.js';
import { trainTokenizer } from '../../support/trainTokenizer.js';

const folder = useTempFolder();
const toy = () => loadCorpus('toy', { toy: { trainStories: 60, validationStories: 10 } });
const events: EncodeEvent[] = [];
const kinds = (): string[] => events.splice(0).map(({ type }) => type);

describe('the file of a cache', () => {
  it('lies in its folder, whatever a prepared set calls itself', async () => {
    const corpus = { ...(await toy()), name: '../../../x y' };
    const tokenizer = await tokenizerFor(corpus, 'bytes', { vocabularySize: 257 });
    const cacheDir = join(folder.path, 'a/b/cache');
    await encodeCorpus(corpus, tokenizer, { cacheDir });
    expect(readdirSync(folder.path)).toEqual(['a']);
    expect(readdirSync(cacheDir)).toEqual([
      expect.stringMatching(/^\.\._\.\._\.\._x_y-[0-9a-f]{16}\.tokens$/),
    ]);
  });
});

async function encodeToy(size = 400) {
  const corpus = await toy();
  const tokenizer = await tokenizerFor(corpus, 'compact', { vocabularySize: size });
  const cacheDir = join(folder.path, 'cache');
  const encode = () => encodeCorpus(corpus, tokenizer, { cacheDir, onEvent: (event) => events.push(event) });
  return { corpus, tokenizer, cacheDir, encode };
}

describe('encodeStories', () => {
  it('keeps every story exactly, with its bytes', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 });
    const tokenizer = trainTokenizer('compact', ['a little story about a bell'], 300);
    fc.assert(
      fc.property(texts, (stories) => {
        const set = encodeStories(stories, tokenizer);
        const decoded = stories.map((_, story) => tokenizer.decode(storyTokens(set, story)));
        expect(decoded).toEqual(stories);
        expect(storyCount(set)).toBe(stories.length);
        expect([...set.storyBytes]).toEqual(stories.map((story) => Buffer.byteLength(story)));
        expect(set.bytes).toBe(Buffer.byteLength(stories.join('')));
        expect(set.tokens).toBeInstanceOf(Uint16Array);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('takes 32 bits a token only for a vocabulary that needs them', () => {
    const bytes = trainTokenizer('bytes');
    const wide = { ...bytes, vocabularySize: 70_000, endOfText: 256, encode: () => [69_999] };
    expect(encodeStories(['x'], wide).tokens).toEqual(Int32Array.of(69_999));
  });
});

describe('encodeCorpus', () => {
  it('reads the cache the second time, with the same arrays', async () => {
    const { encode, cacheDir } = await encodeToy();
    const first = await encode();
    expect(kinds()).toEqual(['cacheWritten']);
    const second = await encode();
    expect(kinds()).toEqual(['cacheHit']);
    expect(second).toEqual(first);
    expect(second.train.tokens.buffer).toBe(second.validation.starts.buffer);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it('has another file for another text or tokenizer', async () => {
    const { cacheDir, encode, corpus, tokenizer } = await encodeToy();
    await encode();
    await (await encodeToy(380)).encode();
    const other = await loadCorpus('toy', { toy: { trainStories: 61, validationStories: 10 } });
    expect(encodingKey(other, tokenizer)).not.toBe(encodingKey(corpus, tokenizer));
    await encodeCorpus(other, tokenizer, { cacheDir });
    expect(readdirSync(cacheDir)).toHaveLength(3);
  });

  it('never trusts a damaged file, whatever byte is wrong, and replaces it', async () => {
    const { encode, cacheDir } = await encodeToy();
    const good = await encode();
    const path = join(cacheDir, readdirSync(cacheDir)[0]!);
    const whole = readFileSync(path);
    kinds();
    const harm = fc.oneof(
      fc.record({ at: fc.nat({ max: whole.length - 1 }), flip: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ at: fc.nat({ max: 500 }), flip: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ cut: fc.nat({ max: whole.length - 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(harm, async (fault) => {
        const bytes = Buffer.from(whole);
        if ('flip' in fault) bytes[fault.at]! ^= fault.flip;
        writeFileSync(path, bytes);
        if ('cut' in fault) truncateSync(path, fault.cut);
        const set = await encode();
        expect(set).toEqual(good);
        const seen = kinds();
        if (seen[0] !== 'cacheHit') expect(seen).toEqual(['cacheDamaged', 'cacheWritten']);
        if ('cut' in fault || fault.at >= whole.length - 1000) expect(seen[0]).toBe('cacheDamaged');
        expect(readFileSync(path).equals(whole) || seen[0] === 'cacheHit').toBe(true);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('notices every single wrong digit of the header', async () => {
    const { encode, cacheDir } = await encodeToy();
    await encode();
    kinds();
    const path = join(cacheDir, readdirSync(cacheDir)[0]!);
    const whole = readFileSync(path);
    for (let at = 16; at < 16 + whole.readUInt32LE(12); at++) {
      if (whole[at]! < 0x30 || whole[at]! > 0x38) continue;
      const bytes = Buffer.from(whole);
      bytes[at]! += 1;
      writeFileSync(path, bytes);
      await expect(readTokenFile(path, /"key":"(\w+)"/.exec(whole.toString('latin1'))![1]!)).rejects.toThrow(
        DataError,
      );
    }
  });

  it('says why a file is not trusted', async () => {
    const { encode, cacheDir } = await encodeToy();
    await encode();
    const path = join(cacheDir, readdirSync(cacheDir)[0]!);
    const reasons: string[] = [];
    const whole = readFileSync(path);
    for (const bytes of [
      whole.subarray(0, 5),
      whole.subarray(0, 100),
      whole.subarray(0, -2),
      Buffer.from('x'.repeat(99)),
    ]) {
      writeFileSync(path, bytes);
      await encode();
      for (const event of events) if (event.type === 'cacheDamaged') reasons.push(event.reason);
      kinds();
    }
    expect(reasons.map((reason) => /got (.*);/.exec(reason)?.[1])).toEqual([
      'other data',
      'a cut-off header',
      expect.stringMatching(/^\d+ bytes of tokens instead of \d+$/),
      'other data',
    ]);
  });

  it('gives the tokens and says so when the cache cannot be written', async () => {
    const { encode, cacheDir } = await encodeToy();
    writeFileSync(cacheDir, 'a file in the way');
    const set = await encode();
    expect(storyCount(set.train)).toBe(60);
    expect(kinds()).toEqual(['cacheUnwritable']);
  });

  it('reports progress to the last story and stops when told to', async () => {
    const corpus = await loadCorpus('toy');
    const tokenizer = trainTokenizer('bytes');
    const told: Progress[] = [];
    const set = await encodeCorpus(corpus, tokenizer, { onProgress: (progress) => told.push(progress) });
    const training = told.filter(({ doing }) => doing === 'encoding the train stories');
    expect(training.length).toBeGreaterThan(3);
    expect(training.at(-1)?.bytes).toBe(set.train.bytes);
    const stopped = encodeCorpus(corpus, tokenizer, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });

  it('refuses an empty split', async () => {
    const corpus = { ...(await toy()), validation: [] };
    const tokenizer = trainTokenizer('bytes');
    await expect(encodeCorpus(corpus, tokenizer)).rejects.toThrow('expected stories in the validation split');
  });
});

describe('token files', () => {
  it('survive any set, of either width', async () => {
    const { tokenizer } = await encodeToy();
    const stories = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(stories, stories, fc.boolean(), async (a, b, wide) => {
        const widen = (set: ReturnType<typeof encodeStories>) =>
          wide ? { ...set, tokens: Int32Array.from(set.tokens), vocabularySize: 100_000 } : set;
        const set = {
          train: widen(encodeStories(a, tokenizer)),
          validation: widen(encodeStories(b, tokenizer)),
        };
        const path = join(folder.path, 'any.tokens');
        await writeTokenFile(path, 'key', set);
        expect(await readTokenFile(path, 'key')).toEqual(set);
        await expect(readTokenFile(path, 'other')).rejects.toThrow('tokens of another text or tokenizer');
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});

describe('prepared sets', () => {
  it('are a corpus of the same stories, with tokens and tokenizer ready', async () => {
    const corpus = await toy();
    const tokenizer = await tokenizerFor(corpus, 'compact', { vocabularySize: 400 });
    const path = join(folder.path, 'ready');
    await prepareCorpus(corpus, tokenizer, path);
    const prepared = await loadCorpus(path);
    expect([...prepared.train]).toEqual(corpus.train);
    expect([...prepared.validation]).toEqual(corpus.validation);
    expect([prepared.name, prepared.bytes, prepared.fingerprint]).toEqual([
      'toy',
      corpus.bytes,
      corpus.fingerprint,
    ]);
    const again = await tokenizerFor(prepared, 'compact', { vocabularySize: 400 });
    expect(again).toBe(prepared.prepared!.tokenizer);
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    expect(await encodeCorpus(prepared, again)).toBe(prepared.prepared!.set);
    expect(await encodeCorpus(corpus, tokenizer)).toEqual(prepared.prepared!.set);
  });

  it('can be encoded with another tokenizer', async () => {
    const corpus = await toy();
    const path = join(folder.path, 'ready');
    await prepareCorpus(corpus, await tokenizerFor(corpus, 'compact', { vocabularySize: 400 }), path);
    const prepared = await loadCorpus(path);
    const smaller = await tokenizerFor(prepared, 'compact', { vocabularySize: 300 });
    expect(smaller.toJSON()).toEqual(
      (await tokenizerFor(corpus, 'compact', { vocabularySize: 300 })).toJSON(),
    );
    expect(await encodeCorpus(prepared, smaller)).toEqual(await encodeCorpus(corpus, smaller));
  });

  it('refuse a folder that is there, and leave nothing behind when they cannot be written', async () => {
    const corpus = await toy();
    const tokenizer = trainTokenizer('bytes');
    mkdirSync(join(folder.path, 'there'));
    await expect(prepareCorpus(corpus, tokenizer, join(folder.path, 'there'))).rejects.toThrow(
      'expected a new folder, got one that is there',
    );
    folder.write('file', 'in the way');
    await expect(prepareCorpus(corpus, tokenizer, join(folder.path, 'file', 'set'))).rejects.toThrow(
      DataError,
    );
    expect(readdirSync(folder.path).sort()).toEqual(['file', 'there']);
  });

  it('are refused when a part is damaged or missing', async () => {
    const corpus = await toy();
    const path = join(folder.path, 'ready');
    await prepareCorpus(corpus, trainTokenizer('bytes'), path);
    const tokens = join(path, 'prepared.tokens');
    const whole = readFileSync(tokens);
    chmodSync(tokens, 0o644);
    whole[whole.length - 1]! ^= 1;
    writeFileSync(tokens, whole);
    await expect(loadCorpus(path)).rejects.toThrow(
      'expected a whole token file, got tokens with another checksum',
    );
    writeFileSync(join(path, 'prepared.json'), '{"format":"other"}');
    await expect(loadCorpus(path)).rejects.toThrow('expected the manifest of a prepared set');
  });
});

describe('describeCorpus', () => {
  it('counts stories and bytes, and tokens when it is given them', async () => {
    const path = folder.write('two.txt', 'One é.\n<|endoftext|>\nTwo.\n<|endoftext|>\n');
    const corpus = await loadCorpus(path);
    const plain = await describeCorpus(corpus);
    expect(plain).toMatchObject({ name: 'two', sourceBytes: 41, train: { stories: 1, bytes: 7 } });
    expect([plain.train.tokens, plain.files[0]!.sha256.length]).toEqual([undefined, 64]);
    const set = await encodeCorpus(corpus, trainTokenizer('bytes'));
    expect(await describeCorpus(corpus, set)).toMatchObject({
      vocabularySize: 257,
      train: { stories: 1, bytes: 7, tokens: 7, tokensPerByte: 1, longestStoryTokens: 7 },
      validation: { stories: 1, bytes: 4, tokens: 4 },
    });
  });
});

const genuine = '../shared/data/tinystories';
const absent = !existsSync(join(genuine, 'train.txt'));
if (absent) console.log(`skipped: the TinyStories tests need ${genuine}, which is not here`);

describe.skipIf(absent)('compact on genuine TinyStories', () => {
  it('spends less than 0.249 tokens a byte on unseen stories with 4096 ids, and gives every story back', async () => {
    const corpus = await loadCorpus(genuine);
    const tokenizer = await tokenizerFor(corpus, 'compact', { vocabularySize: 4096 });
    const { validation } = await encodeCorpus(corpus, tokenizer);
    expect(validation.tokens.length / validation.bytes).toBeLessThan(0.249);
    const copy = tokenizerFromJson(JSON.parse(JSON.stringify(tokenizer)));
    const stories = [...corpus.validation];
    stories.forEach((story, i) => expect(copy.decode(storyTokens(validation, i))).toBe(story));
  });
});
