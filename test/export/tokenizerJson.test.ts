import * as huggingFace from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { toyStories, type Tokenizer, tokenizerFromJson } from '../../data/index.js';
import { tokenizerJson } from '../../export/tokenizerJson.js';
import { Rng } from '../../src/core/rng.js';
import { trainTokenizer } from '../support/trainTokenizer.js';

interface Options {
  readonly add_special_tokens?: boolean;
  readonly skip_special_tokens?: boolean;
}

interface Reader {
  encode(text: string, options?: Options): { readonly ids: number[] };
  decode(ids: readonly number[], options?: Options): string;
}

// The cast: its types import files without endings, which these settings of TypeScript do not resolve.
const { Tokenizer: ReaderOf } = huggingFace as unknown as {
  Tokenizer: new (json: object, config: object) => Reader;
};
const read = (json: object): Reader => new ReaderOf(json, { clean_up_tokenization_spaces: false });

const { train, validation } = toyStories({ trainStories: 200, validationStories: 40 });

/** Words, white space of all kinds, contractions and code points of the first planes. */
function randomTexts(count: number): string[] {
  const rng = Rng.fromSeed(3);
  const words = validation.join(' ').split(' ');
  const spaces = [' ', '  ', '\n', '\r\n', '\u0085', '\u00a0', '\u3000', '\ufeff', "'s", "'LL", ' 12'];
  const below = (n: number): number => Math.floor(rng.uniform() * n);
  const part = (): string => {
    const kind = below(3);
    if (kind === 0) return words[below(words.length)]!;
    if (kind === 1) return spaces[below(spaces.length)]!;
    const character = String.fromCodePoint(below(2) === 0 ? below(0x300) : below(0x20000));
    return /\p{Cs}|\p{Cn}/u.test(character) ? '' : character;
  };
  return Array.from({ length: count }, () => Array.from({ length: 1 + below(20) }, part).join(''));
}

describe('tokenizerJson', () => {
  it.each(['compact', 'bytes'] as const)("gives Hugging Face's tokenizers the ids of %s", (name) => {
    const tokenizer = trainTokenizer(name, train, 600);
    const reader = read(tokenizerJson(tokenizer));
    for (const text of [...validation, ...randomTexts(500)]) {
      const { ids } = reader.encode(text, { add_special_tokens: false });
      expect(ids, JSON.stringify(text)).toEqual(tokenizer.encode(text));
      if (ids.length > 0 && !text.includes('\uFFFD')) expect(reader.decode(ids)).toBe(text);
    }
  });

  it('begins a text with its end-of-text token unless told otherwise', () => {
    const tokenizer = trainTokenizer('bytes', [], 257);
    const reader = read(tokenizerJson(tokenizer));
    expect(reader.encode('ab').ids).toEqual([256, 97, 98]);
    expect(reader.decode([256, 97], { skip_special_tokens: true })).toBe('a');
  });

  it('is refused where the ids would differ', () => {
    const old = tokenizerFromJson({ name: 'compact', version: 1, pieces: ['ab'] });
    expect(() => tokenizerJson(old)).toThrow(
      "export: among equally short cuts tokenizer 'compact' of version 1 prefers another one than tokenizer.json can; train anew for a tokenizer of version 2",
    );
    // The cast: only its name and form are read.
    const mine = { name: 'mine' } as Tokenizer;
    expect(() => tokenizerJson(mine)).toThrow("tokenizer.json can hold, got 'mine'");
  });
});
