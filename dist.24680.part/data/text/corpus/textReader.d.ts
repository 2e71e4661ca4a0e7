import type { Remark } from './remarks.js';
/**
 * The stories of a text file, read as they are asked for: what stands between lines `<|endoftext|>`, without
 * outer white space. What follows the last marker is a story too; empty ones are left out.
 *
 * @param remark told, at the end, how many markers stand inside stories
 * @throws DataError with the byte offset when the file is not UTF-8, or when it cannot be read.
 */
export declare function readText(path: string, remark?: Remark): Generator<string>;
