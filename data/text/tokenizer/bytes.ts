import { DataError } from '../../../src/core/errors.js';
import type { Tokenizer, TokenizerJson, TokenizerKind } from './contract.js';
import { checkVocabularySize, END_OF_TEXT, PieceTable } from './pieceTable.js';
import { assertWellFormed } from './utf8.js';

const VERSION = 1;

class BytesTokenizer implements Tokenizer {
  readonly name = 'bytes';
  readonly unigram = { pieces: [] };
  readonly endOfText = END_OF_TEXT;
  private readonly table = new PieceTable([]);
  readonly vocabularySize = this.table.size;

  encode(text: string): number[] {
    assertWellFormed(text, 'encode');
    return Array.from(new TextEncoder().encode(text));
  }

  decode(ids: ArrayLike<number>): string {
    return this.table.decode(ids);
  }

  bytesOf(id: number): Uint8Array {
    return this.table.bytesOf(id);
  }

  toJSON(): TokenizerJson {
    return { name: this.name, version: VERSION };
  }
}

/** Every UTF-8 byte is a token: 256 bytes and the end of text, whatever the vocabulary asked for. */
export const bytes: TokenizerKind = {
  name: 'bytes',
  title: 'one token a UTF-8 byte (257 ids)',
  // There is nothing to learn.
  *train(_texts, { vocabularySize }) {
    checkVocabularySize(vocabularySize, Infinity);
    return new BytesTokenizer();
  },
  fromJSON(json) {
    if (json.version === VERSION) return new BytesTokenizer();
    throw new DataError(
      `tokenizer.version: expected ${VERSION}, got ${json.version}; it was written by another release`,
    );
  },
};
