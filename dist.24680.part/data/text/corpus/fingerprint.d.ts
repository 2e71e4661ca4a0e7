import type { SourceFile } from './corpus.js';
/**
 * Size and SHA-256 of a file, read as a stream.
 *
 * @throws DataError when it cannot be read.
 */
export declare function hashFile(path: string, signal?: AbortSignal): Promise<SourceFile>;
/** SHA-256 of a JSON value, as hex. */
export declare function hashJson(value: unknown): string;
