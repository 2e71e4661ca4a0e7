/**
 * Writes a file and waits until the disk has it.
 *
 * @param flags `wx` refuses a file that exists.
 * @throws the operating system's error.
 */
export declare function writeSynced(path: string, parts: readonly (Uint8Array | string)[], flags?: 'w' | 'wx'): Promise<void>;
/**
 * Replaces a file: writes a temporary file beside it, syncs it and renames it. Readers see the old file or the whole
 * new one, also after a kill.
 *
 * @throws the operating system's error; no temporary file is left then.
 */
export declare function replaceFile(path: string, parts: readonly (Uint8Array | string)[]): Promise<void>;
