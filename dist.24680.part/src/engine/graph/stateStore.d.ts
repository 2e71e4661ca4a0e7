import { Tensor as OrtTensor } from './onnxRuntime.js';
import { type Variable } from '../../core/tf.js';
/**
 * The variables' values while they live in the engine. A step writes into spare buffers and `keep` swaps
 * them in, so a rejected step costs nothing and changes nothing. On a GPU the device makes the new buffers.
 */
export declare class StateStore {
    private readonly onHost;
    private readonly slots;
    /** Compiled functions that use a variable, by its id. */
    private readonly users;
    constructor(onHost: boolean);
    /** Variables whose values are held here. */
    get size(): number;
    /** Counts one more user of each variable. */
    hold(variables: readonly Variable[]): void;
    /** Counts one user less; the values of variables without any go back to tfjs, and their buffers are freed. */
    release(variables: readonly Variable[]): Promise<void>;
    private drop;
    private free;
    /** Frees everything, whoever uses it. */
    clear(): void;
    private slot;
    current(variable: Variable): OrtTensor;
    /** Where a step may write the variable's next value; null lets the device decide. */
    target(variable: Variable): OrtTensor | null;
    /** Makes the value a step wrote the current one. */
    keep(variable: Variable, next: OrtTensor): void;
    /** Copies the values into the tfjs variables. */
    pull(variables: readonly Variable[]): Promise<void>;
}
