import type { Work } from '../work.js';

/** The tokenizer of a run or a prepared set that names none. */
export const DEFAULT_TOKENIZER = { name: 'compact', vocabularySize: 4096 } as const;

/** A tokenizer as plain JSON; `name` picks the registry entry, `version` the layout of the other fields. */
export interface TokenizerJson {
  readonly name: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

/**
 * A tokenizer as a unigram model with equal scores: a word, in GPT-2's sense, is cut into as few pieces and single bytes
 * as possible, of equally short cuts the one with the longer last part. Pieces are byte strings, their ids follow the
 * end of text. Or why it is none.
 */
export type UnigramForm = { readonly pieces: readonly string[] } | { readonly refused: string };

/**
 * Text to token ids and back.
 *
 * For every well-formed string: `decode(encode(text)) === text`. Ids 0 to 255 are the bytes themselves in
 * every tokenizer, so no text is out of vocabulary, and `<|endoftext|>` inside a text is plain text.
 */
export interface Tokenizer {
  readonly name: string;
  /** Ids are in [0, vocabularySize). */
  readonly vocabularySize: number;
  /** Id of the marker between documents; `encode` never returns it and it decodes to no text. */
  readonly endOfText: number;
  /**
   * Token ids of a text. The pieces that `textPieces` cuts a long one into have, one after the other, the same ids.
   *
   * @throws DataError with the position of a lone surrogate: such a string has no UTF-8 form.
   */
  encode(text: string): number[];
  /**
   * Text of token ids. Bytes that are not UTF-8 (only a model can produce them) become U+FFFD.
   *
   * @throws DataError for an id outside the vocabulary.
   */
  decode(ids: ArrayLike<number>): string;
  /** UTF-8 bytes of one token; empty for `endOfText`. */
  bytesOf(id: number): Uint8Array;
  toJSON(): TokenizerJson;
  /** For programs that read tokenizer.json; absent for one that has no such form. */
  readonly unigram?: UnigramForm;
}

/** What a tokenizer is trained for. */
export interface TokenizerOptions {
  /** The most ids it may use; a text with fewer useful pieces gives a smaller vocabulary. */
  readonly vocabularySize: number;
}

/** One entry of the tokenizer registry. */
export interface TokenizerKind {
  readonly name: string;
  /** One line for help texts. */
  readonly title: string;
  /** Builds a tokenizer from training texts; the same texts always give the same tokenizer. */
  train(texts: Iterable<string>, options: TokenizerOptions): Work<Tokenizer>;
  /**
   * Rebuilds a tokenizer from its JSON.
   *
   * @throws DataError when a field is missing or wrong.
   */
  fromJSON(json: TokenizerJson): Tokenizer;
}
