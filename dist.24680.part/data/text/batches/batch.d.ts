/**
 * Rows of tokens for one step; every array is `batchSize * sequenceLength`, row-major.
 *
 * `targets[i]` follows `inputs[i]`; `lossMask[i]` is 0 where the target must not count (padding, or the first
 * token of another document); `documents[i]` is an id that changes at every document boundary in a row.
 */
export interface Batch {
    readonly batchSize: number;
    readonly sequenceLength: number;
    readonly inputs: Int32Array;
    readonly targets: Int32Array;
    readonly lossMask: Float32Array;
    readonly documents: Int32Array;
}
