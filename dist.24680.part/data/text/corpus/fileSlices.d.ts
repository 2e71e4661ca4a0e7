import { DataError } from '../../../src/core/errors.js';
/** Bytes of a file and where they begin. */
export interface FileSlice {
    readonly bytes: Uint8Array;
    readonly offset: number;
}
/** A separator found in a buffer: it begins at `begin`, the next slice at `end`. */
interface Separator {
    readonly begin: number;
    readonly end: number;
}
/**
 * Finds the first separator at or after `from`, or tells from where to look again once there is more.
 * `atEnd` is true when the buffer ends with the file.
 */
export type FindSeparator = (buffer: Buffer, from: number, atEnd: boolean) => Separator | number;
/** The disk's word for why a file cannot be used, as a DataError. */
export declare function fileError(path: string, error: unknown): DataError;
/**
 * The slices of a file between separators, first to last, the last one up to the end of the file.
 *
 * A byte order mark at the start is skipped. Holds a few megabytes, or twice the longest slice.
 *
 * @throws DataError when the file cannot be read.
 */
export declare function fileSlices(path: string, find: FindSeparator): Generator<FileSlice>;
export {};
