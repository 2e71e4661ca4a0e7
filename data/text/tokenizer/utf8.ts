import { DataError } from '../../../src/core/errors.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Checks that a string has a UTF-8 form.
 *
 * @param offset index of the string in the text it is a part of
 * @throws DataError with the index of the first lone surrogate.
 */
export function assertWellFormed(text: string, where: string, offset = 0): void {
  const index = text.search(LONE_SURROGATE);
  if (index < 0) return;
  const code = text.charCodeAt(index).toString(16).toUpperCase();
  throw new DataError(
    `${where}: expected well-formed Unicode, got the lone surrogate U+${code} at index ${offset + index}; ` +
      'repair the text, for example with text.toWellFormed()',
  );
}

// eslint-disable-next-line no-control-regex -- it names the range of ASCII
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** Whether each character is one byte in UTF-8. */
export const isAscii = (text: string): boolean => !BEYOND_ASCII.test(text);

/** The UTF-8 form of a well-formed text as a string of one character a byte. */
export function toByteString(text: string): string {
  if (isAscii(text)) return text;
  const bytes = new TextEncoder().encode(text);
  let byteString = '';
  // As many arguments as every machine takes.
  for (let from = 0; from < bytes.length; from += 4096) {
    byteString += String.fromCharCode(...bytes.subarray(from, from + 4096));
  }
  return byteString;
}

/** A string of one character a byte as bytes. */
export function fromByteString(byteString: string): Uint8Array {
  return Uint8Array.from(byteString, (character) => character.charCodeAt(0));
}
