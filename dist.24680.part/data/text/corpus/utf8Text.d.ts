/** Offset of the first bytes that are not UTF-8; the size when there are none. */
export declare function invalidUtf8At(bytes: Uint8Array): number;
/** A story as every reader gives it: lines end with one character, whatever the system, and nothing stands around it. */
export declare function storyText(text: string): string;
/**
 * The text of bytes from a file.
 *
 * @param offset place of the first byte in the file, for the message
 * @throws DataError with the file and the byte offset when they are not UTF-8, or hold a zero, which no text does.
 */
export declare function decodeUtf8(bytes: Uint8Array, path: string, offset: number): string;
