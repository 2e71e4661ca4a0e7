import { DataError } from '../../../src/core/errors.js';
/** The operating system's reason why a file cannot be written, as a DataError. */
export declare function writeError(path: string, error: unknown): DataError;
/**
 * Replaces a file at once, and makes its folder where there is none; see `replaceFile`.
 *
 * @throws DataError when the disk is full or the folder cannot be written; nothing is left behind then.
 */
export declare function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void>;
