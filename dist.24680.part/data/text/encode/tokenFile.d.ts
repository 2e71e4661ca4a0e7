import type { EncodedSet } from './tokenSet.js';
/**
 * Writes an encoded set to one file, atomically.
 *
 * @param key what the file was made from; `readTokenFile` asks for it again
 * @throws DataError when it cannot be written.
 */
export declare function writeTokenFile(path: string, key: string, set: EncodedSet): Promise<void>;
/**
 * Reads an encoded set: the file is read once into one buffer and the arrays are views of it.
 *
 * @throws DataError when the file is cut off, damaged, of another version or machine, or when its key is not
 * the one given; the system's error when it is not there.
 */
export declare function readTokenFile(path: string, key: string): Promise<EncodedSet>;
