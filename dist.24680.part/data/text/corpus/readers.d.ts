/** How files are read. */
export interface ReaderOptions {
    /** Field or column that holds the text of `.jsonl` and `.parquet` files. */
    readonly textColumn: string;
    /** Told what a reader left out or took otherwise than it may have been meant, at the end of each pass over a file. */
    readonly onRemark?: (path: string, remark: string | undefined) => void;
}
/** Whether a file has an extension that can be read. */
export declare function isReadable(path: string): boolean;
/**
 * The stories of one file, which can be iterated again and again.
 *
 * @throws DataError for an unknown extension; while iterating, for an empty or damaged file.
 */
export declare function readFileStories(path: string, options: ReaderOptions): Promise<Iterable<string>>;
