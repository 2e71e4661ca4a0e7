/**
 * Checks that a string has a UTF-8 form.
 *
 * @throws DataError with the index of the first lone surrogate.
 */
export declare function assertWellFormed(text: string, where: string): void;
/** The UTF-8 form of a well-formed text as a string of one character a byte. */
export declare function toByteString(text: string): string;
/** A string of one character a byte as bytes. */
export declare function fromByteString(byteString: string): Uint8Array;
