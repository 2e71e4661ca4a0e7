/** Number of ids that stand for single bytes. */
export declare const BYTE_COUNT = 256;
/** Id of the end-of-text marker in every tokenizer. */
export declare const END_OF_TEXT = 256;
/** First id that stands for a longer piece. */
export declare const FIRST_PIECE: number;
/**
 * Bytes of every id: 0 to 255 the byte itself, 256 the end of text (no bytes, and it closes an open character), then the pieces in order.
 */
export declare class PieceTable {
    private readonly table;
    /** @param pieces byte strings of two bytes or more, one character a byte. */
    constructor(pieces: readonly string[]);
    /** Number of ids. */
    get size(): number;
    /**
     * Bytes of one id.
     *
     * @throws DataError for an id outside the table.
     */
    bytesOf(id: number): Uint8Array;
    /** Text of ids; bytes that are not UTF-8 become U+FFFD, a byte order mark is kept. */
    decode(ids: ArrayLike<number>): string;
}
