import { ConfigError, DataError } from '../../../src/core/errors.js';
import { fromByteString } from './utf8.js';

/** Number of ids that stand for single bytes. */
export const BYTE_COUNT = 256;
/** Id of the end-of-text marker in every tokenizer. */
export const END_OF_TEXT = BYTE_COUNT;
/** First id that stands for a longer piece. */
export const FIRST_PIECE = BYTE_COUNT + 1;

/**
 * Bytes of every id: 0 to 255 the byte itself, 256 the end of text (no bytes, and it closes an open character), then the pieces in order.
 */
export class PieceTable {
  private readonly table: readonly Uint8Array[];

  /** @param pieces byte strings of two bytes or more, one character a byte. */
  constructor(pieces: readonly string[]) {
    const bytes = Array.from({ length: BYTE_COUNT }, (_, byte) => Uint8Array.of(byte));
    this.table = [...bytes, new Uint8Array(0), ...pieces.map(fromByteString)];
  }

  /** Number of ids. */
  get size(): number {
    return this.table.length;
  }

  /**
   * Bytes of one id.
   *
   * @throws DataError for an id outside the table.
   */
  bytesOf(id: number): Uint8Array {
    const bytes = this.table[id];
    if (bytes) return bytes;
    throw new DataError(
      `decode: expected a token id in [0, ${this.size}), got ${id}; ` +
        'were the ids made by another tokenizer?',
    );
  }

  /** Text of ids; bytes that are not UTF-8 become U+FFFD, a byte order mark is kept. */
  decode(ids: ArrayLike<number>): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let text = '';
    for (const id of Array.from(ids)) {
      const bytes = this.bytesOf(id);
      text += id === END_OF_TEXT ? decoder.decode() : decoder.decode(bytes, { stream: true });
    }
    return text + decoder.decode();
  }
}

/**
 * Checks a vocabulary size asked for.
 *
 * @throws ConfigError when it is not a whole number in [257, largest].
 */
export function checkVocabularySize(size: number, largest: number): void {
  if (Number.isInteger(size) && size >= FIRST_PIECE && size <= largest) return;
  throw new ConfigError(
    `tokenizer.vocabularySize: expected a whole number from ${FIRST_PIECE} to ${largest}, got ${size}; ` +
      `${FIRST_PIECE} ids are the bytes and the end of text`,
  );
}
