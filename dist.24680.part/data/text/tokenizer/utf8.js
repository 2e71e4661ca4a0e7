import { DataError } from '../../../src/core/errors.js';
const LONE_SURROGATE = /\p{Surrogate}/u;
/**
 * Checks that a string has a UTF-8 form.
 *
 * @throws DataError with the index of the first lone surrogate.
 */
export function assertWellFormed(text, where) {
    const index = text.search(LONE_SURROGATE);
    if (index < 0)
        return;
    const code = text.charCodeAt(index).toString(16).toUpperCase();
    throw new DataError(`${where}: expected well-formed Unicode, got the lone surrogate U+${code} at index ${index}; ` +
        'repair the text, for example with text.toWellFormed()');
}
/** The UTF-8 form of a well-formed text as a string of one character a byte. */
export function toByteString(text) {
    return Buffer.from(text, 'utf8').toString('latin1');
}
/** A string of one character a byte as bytes. */
export function fromByteString(byteString) {
    return Uint8Array.from(byteString, (character) => character.charCodeAt(0));
}
