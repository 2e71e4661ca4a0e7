import { type Remark } from './remarks.js';
/**
 * The stories of a text column of a parquet file, all in memory. Rows where it is null are left out.
 *
 * Snappy, gzip and brotli pages, and zstd from Node 22.15 on. Checksums of pages are compared from Node 20.15 on.
 *
 * @param remark told how many rows were left out
 * @throws DataError when the file is not parquet, is damaged, or the column is missing or no text.
 */
export declare function readParquet(path: string, column: string, remark?: Remark): Promise<string[]>;
