/**
 * Rows of tokens for one step; every array is `rows * length`, row-major.
 *
 * `targets[i]` follows `inputs[i]`; `weights[i]` is 0 where the target must not count (padding, or the first
 * token of another document); `documents[i]` is an id that changes at every document boundary in a row.
 */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly documents: Int32Array;
}
