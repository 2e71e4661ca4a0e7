import { type Remark } from './remarks.js';
/**
 * The stories of a file with one JSON value a line: a string, or an object with the text in one field. Rows where it
 * is null are left out.
 *
 * @param remark told, at the end, how many rows were left out
 * @throws DataError with the line when it is not JSON or has no text there.
 */
export declare function readJsonl(path: string, column: string, remark?: Remark): Generator<string>;
