import { type Variable } from './tf.js';
/** A variable with the name it is stored under. */
export interface NamedVariable {
    readonly name: string;
    readonly variable: Variable;
}
/** Stored tensors by name, row-major. */
export type NamedValues = ReadonlyMap<string, {
    readonly shape: readonly number[];
    readonly data: ArrayLike<number> | ArrayLike<bigint>;
}>;
/**
 * Assigns stored tensors to variables, all or none. Call it before a compiled function has read them.
 *
 * @param where names what is assigned, such as `checkpoint step-000400: optimizer.safetensors`.
 * @throws CheckpointError that lists every tensor that is missing, unknown or of another shape; nothing is changed then.
 */
export declare function assignWeights(variables: readonly NamedVariable[], values: NamedValues, where: string): void;
