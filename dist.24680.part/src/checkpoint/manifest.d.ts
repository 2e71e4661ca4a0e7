/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
    readonly [key: string]: Json | undefined;
}
/** What a checkpoint says beside its tensors. Values of other rooms pass through as they are. */
export interface CheckpointFacts {
    /** Updates done. */
    readonly step: number;
    /** The whole resolved run config. */
    readonly config: JsonObject;
    /** What the model was built from. */
    readonly model: JsonObject;
    readonly tokenizer: JsonObject;
    /** Where the data stream goes on; null for a checkpoint without one. */
    readonly cursor: Json;
    /** State of the random streams, by name. */
    readonly rng: JsonObject;
    /** Counters and records of the run: tokens seen, time spent, best validation. */
    readonly progress: JsonObject;
    /** What wrote it: `{ pavlov: '0.1.0', node: 'v20.20.2', ... }`. */
    readonly versions: Readonly<Record<string, string>>;
}
export interface FileFacts {
    readonly bytes: number;
    /** Lower-case hexadecimal. */
    readonly sha256: string;
}
export interface Manifest extends CheckpointFacts {
    /** Every other file of the folder, by name. */
    readonly files: Readonly<Record<string, FileFacts>>;
}
/** Hash of bytes or text as lower-case hexadecimal; given, because hashing needs Node. */
export type Hash = (content: Uint8Array | string) => string;
/** The text of `manifest.json`: the manifest, and last the hash of all that precedes it. */
export declare function encodeManifest(manifest: Manifest, hash: Hash): string;
/**
 * A manifest from the text of `manifest.json`.
 *
 * @param where names the checkpoint in messages, such as `checkpoint step-000400`.
 * @throws CheckpointError when the text is not JSON, is another program's, is of a newer version, lacks a field
 *   or was changed after it was written.
 */
export declare function decodeManifest(text: string, where: string, hash: Hash): Manifest;
