import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createStreamDecoder,
  toyStories,
  type Tokenizer,
  tokenizerFromJson,
  tokenizers,
} from '../../../data/index.js';
import { finishWork } from '../../../data/text/work.js';
import { countWords, splitWords, textPieces } from '../../../data/text/tokenizer/split.js';
import { ConfigError, DataError } from '../../../src/core/errors.js';
import { trainTokenizer } from '../../support/trainTokenizer.js';

const texts = [
  ...toyStories({ trainStories: 200, validationStories: 0 }).train,
  'Café naïve “quoted” — 3,141.59 and 東京 🙂🙂 family 👨‍👩‍👧.',
];
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 100 }).filter(isWellFormed),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  fc.string({ unit: 'binary-ascii', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        ' ',
        '\n',
        '\r\n',
        '\t',
        '\uFEFF',
        '\0',
        "'s",
        '<|endoftext|>',
        'Lily',
        ' the',
        '💙',
        'é',
      ),
    )
    .map((parts) => parts.join('')),
);

describe.each(Object.values(tokenizers))('tokenizer $name', (kind) => {
  const tokenizer = finishWork(kind.train(texts, { vocabularySize: 400 }));

  it('gives any well-formed text back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.every((id) => id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
        expect(ids).not.toContain(tokenizer.endOfText);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('gives a text cut into pieces the ids of the whole', () => {
    fc.assert(
      fc.property(fc.array(anyText), fc.integer({ min: 1, max: 20 }), (parts, length) => {
        const text = parts.join('');
        const pieces = [...textPieces(text, length)];
        expect(pieces.join('')).toBe(text);
        expect(pieces.flatMap((piece) => tokenizer.encode(piece))).toEqual(tokenizer.encode(text));
      }),
      { seed: 4, numRuns: 1000 },
    );
  });

  it('splits text of ASCII into the same words as text with a sign beyond it', () => {
    const ascii = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 200 }),
      fc
        .array(fc.constantFrom("'", 's', 'll', 'A', '7', ' ', '\n', '\t', '-', '.'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(ascii, (text) => {
        // A letter of another alphabet after a line break: a word of its own, whatever comes before.
        expect([...splitWords(`${text}.`), '\n', 'ж']).toEqual(splitWords(`${text}.\nж`));
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it('spends at most one token a byte', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.encode(text).length).toBeLessThanOrEqual(Buffer.byteLength(text));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('names the lone surrogate that has no UTF-8 form', () => {
    const encode = () => tokenizer.encode('ab\uD83Dc');
    expect(encode).toThrow(DataError);
    expect(encode).toThrow('encode: expected well-formed Unicode, got the lone surrogate U+D83D at index 2');
    expect(() => tokenizer.encode('\uDE00')).toThrow('U+DE00 at index 0');
  });

  it('encodes the end-of-text marker inside a text as plain text', () => {
    const ids = tokenizer.encode('a<|endoftext|>b');
    expect(ids.length).toBeGreaterThan(5);
    expect(ids).not.toContain(tokenizer.endOfText);
    expect(tokenizer.decode([tokenizer.endOfText])).toBe('');
  });

  it('streams the same text without ever giving half a character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stream = createStreamDecoder(tokenizer);
        const parts = tokenizer.encode(text).map((id) => stream.push(id));
        expect(parts.join('')).toBe(text);
        expect(stream.end()).toBe('');
        if (!text.includes('\uFFFD')) expect(parts.join('')).not.toContain('\uFFFD');
        for (const part of parts) expect(part).toSatisfy(isWellFormed);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('streams any ids as decode reads them', () => {
    const anyIds = fc.array(fc.nat({ max: tokenizer.vocabularySize - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(anyIds, (ids) => {
        const stream = createStreamDecoder(tokenizer);
        const streamed = ids.map((id) => stream.push(id)).join('') + stream.end();
        expect(streamed).toBe(tokenizer.decode(ids));
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('survives JSON with the same ids', () => {
    const copy = tokenizerFromJson(JSON.parse(JSON.stringify(tokenizer)));
    expect(copy.toJSON()).toEqual(tokenizer.toJSON());
    expect(copy.vocabularySize).toBe(tokenizer.vocabularySize);
    for (const text of texts) expect(copy.encode(text)).toEqual(tokenizer.encode(text));
  });

  it('refuses ids outside the vocabulary', () => {
    for (const id of [-1, tokenizer.vocabularySize, 1.5, NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(DataError);
      expect(() => createStreamDecoder(tokenizer).push(id)).toThrow(`got ${id}`);
    }
  });

  it('refuses a vocabulary without room for the bytes', () => {
    for (const vocabularySize of [0, 256, 300.5, NaN]) {
      expect(() => finishWork(kind.train([], { vocabularySize }))).toThrow(ConfigError);
    }
    expect(() => finishWork(kind.train([], { vocabularySize: 256 }))).toThrow(
      /vocabularySize: expected .* got 256/,
    );
  });

  it('refuses JSON of another version', () => {
    expect(() => tokenizerFromJson({ ...tokenizer.toJSON(), version: 99 })).toThrow(
      /tokenizer\.version: expected 1( or 2)?, got 99/,
    );
  });
});

describe('tokenizerFromJson', () => {
  it('refuses what is not a tokenizer', () => {
    for (const json of [null, 3, 'bytes', {}, { name: 7, version: 1 }]) {
      expect(() => tokenizerFromJson(json)).toThrow(DataError);
    }
    expect(() => tokenizerFromJson({ name: 'compcat', version: 1 })).toThrow("did you mean 'compact'?");
  });
});

describe('countWords', () => {
  const counted = (of: Iterable<string>, most: number) => finishWork(countWords(of, most));

  /** Words of letters alone, as digits are words of their own. */
  const word = (index: number): string =>
    Array.from(String(index), (digit) => 'abcdefghij'.charAt(Number(digit))).join('');

  it('counts every word of texts that have no more than it keeps', () => {
    expect(counted(['a b a', ' b'], 3)).toEqual([
      { word: 'a', count: 1 },
      { word: ' b', count: 2 },
      { word: ' a', count: 1 },
    ]);
  });

  it('keeps the most frequent beyond that, in their order', () => {
    const often = ['one', 'two', 'one', 'two', 'two'];
    const rare = Array.from({ length: 3000 }, (_, i) => word(i));
    const kept = [
      { word: 'one', count: 2 },
      { word: 'two', count: 3 },
    ];
    expect(counted([...often, ...rare], 2)).toEqual(kept);
    expect(counted(rare, 100).map((one) => one.word)).toEqual(rare.slice(0, 100));
  });
});

describe('compact', () => {
  const train = (vocabularySize: number, of: Iterable<string> = texts): Tokenizer =>
    trainTokenizer('compact', of, vocabularySize);

  it('uses at most the vocabulary asked for, and less for a text with few pieces', () => {
    expect(train(257).vocabularySize).toBe(257);
    expect(train(300).vocabularySize).toBe(300);
    expect(train(50_257).vocabularySize).toBeLessThan(1000);
    expect(train(50_257, []).vocabularySize).toBe(257);
    expect(() => train(50_258)).toThrow(ConfigError);
  });

  it('is the same for the same texts, and for their words in another order', () => {
    expect(train(320).toJSON()).toEqual(train(320).toJSON());
    expect(train(320, [...texts].reverse()).toJSON()).toEqual(train(320).toJSON());
  });

  it('needs fewer tokens with a larger vocabulary', () => {
    const counts = [257, 280, 320, 400, 600].map((size) => {
      const tokenizer = train(size);
      return texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
    });
    expect([...counts].sort((a, b) => b - a)).toEqual(counts);
    expect(new Set(counts).size).toBe(counts.length);
  });

  it('cuts a word into the fewest pieces there are', () => {
    const tokenizer = tokenizerFromJson({ name: 'compact', version: 2, pieces: ['ab', 'abc', 'cd', 'de'] });
    expect(tokenizer.encode('abcd')).toEqual([257, 259]);
    expect(tokenizer.encode('abcde')).toEqual([258, 260]);
    expect(tokenizer.encode('abd')).toEqual([257, 100]);
    expect(tokenizer.encode('')).toEqual([]);
  });

  it('prefers the longer last part of equally short cuts, and in version 1 the longer first part', () => {
    const pieces = ['ab', 'abc', 'bcd', 'cde'];
    const cutOf = (version: number) => tokenizerFromJson({ name: 'compact', version, pieces });
    expect(cutOf(2).encode('abcd')).toEqual([97, 259]);
    expect(cutOf(1).encode('abcd')).toEqual([258, 100]);
    expect(cutOf(2).encode('abcde')).toEqual([257, 260]);
    expect(cutOf(1).encode('abcde')).toEqual([257, 260]);
    expect(cutOf(1).toJSON()).toEqual({ name: 'compact', version: 1, pieces });
    expect(trainTokenizer('compact', texts, 300).toJSON().version).toBe(2);
  });

  it('cuts as well as an exhaustive search', () => {
    const pieces = ['aa', 'ab', 'aba', 'bab', 'bb', 'abba', 'baab'];
    const tokenizer = tokenizerFromJson({ name: 'compact', version: 2, pieces });
    const fewest = (word: string): number =>
      word === ''
        ? 0
        : 1 +
          Math.min(
            ...[word.slice(0, 1), ...pieces]
              .filter((part) => word.startsWith(part))
              .map((part) => fewest(word.slice(part.length))),
          );
    const word = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(word, (letters) => {
        expect(tokenizer.encode(letters.join(''))).toHaveLength(fewest(letters.join('')));
      }),
      { seed: 5 },
    );
  });

  it('stays linear on a word of half a million letters', () => {
    const word = 'ab'.repeat(250_000);
    const tokenizer = train(320);
    expect(tokenizer.decode(tokenizer.encode(word))).toBe(word);
  });

  it('refuses damaged pieces', () => {
    const json = (pieces: unknown) => ({ name: 'compact', version: 2, pieces });
    expect(() => tokenizerFromJson(json('ab'))).toThrow('tokenizer.pieces: expected a list of byte strings');
    expect(() => tokenizerFromJson(json(['a']))).toThrow(DataError);
    expect(() => tokenizerFromJson(json(['aĀ']))).toThrow(DataError);
    expect(() => tokenizerFromJson(json(['ab', 'ab']))).toThrow('expected distinct pieces');
  });

  it('names a lone surrogate in a training text', () => {
    expect(() => train(300, ['fine', 'x\uD800'])).toThrow('tokenizer training text: expected well-formed');
  });
});

describe('createStreamDecoder', () => {
  const tokenizer = trainTokenizer('bytes');

  it('keeps a character back until its last byte', () => {
    const stream = createStreamDecoder(tokenizer);
    expect(tokenizer.encode('🙂é').map((id) => stream.push(id))).toEqual(['', '', '', '🙂', '', 'é']);
  });

  it('closes an open character at the end of text and at the end', () => {
    const stream = createStreamDecoder(tokenizer);
    expect([0xf0, 0x9f, tokenizer.endOfText, 0x61].map((id) => stream.push(id))).toEqual([
      '',
      '',
      '\uFFFD',
      'a',
    ]);
    stream.push(0xc3);
    expect(stream.end()).toBe('\uFFFD');
    expect(stream.push(0x62)).toBe('b');
  });
});
