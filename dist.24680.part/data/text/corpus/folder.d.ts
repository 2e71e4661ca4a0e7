/** The files of a folder: of two splits, or of one corpus that is yet to be split. */
export type FolderFiles = {
    readonly train: readonly string[];
    readonly validation: readonly string[];
} | {
    readonly all: readonly string[];
};
/**
 * Sorts the files of a folder into splits by their names: `train.txt`, `train-*.txt`, `val.txt`, and likewise
 * `TinyStoriesV2-GPT4-train.txt`, `validation-00000-of-00001.parquet`. Without both kinds of names all files are
 * one corpus, unless one is called just `train` or `val`: then the other is missing. Other files, folders, and LICENSE, README and NOTICE files are left alone.
 *
 * @throws DataError when nothing can be read, or one split is there and the other is missing.
 */
export declare function folderFiles(folder: string): Promise<FolderFiles>;
