import { type Tensor, type Variable } from '../../core/tf.js';
import type { TensorTree } from '../engine.js';
import './kernels/register.js';
import type { SubGraph, Value } from './value.js';
/** A function as a graph, with what its inputs and outputs stand for. */
export interface Program {
    readonly graph: SubGraph;
    /** Graph input names by argument; those the graph does not need are missing from it. */
    readonly inputs: readonly string[];
    /** Graph input name of each variable. */
    readonly states: readonly string[];
    /** Graph output name of each variable that was assigned. */
    readonly updates: ReadonlyMap<number, string>;
    /** The result's tensors in order, and how to put them together again. */
    readonly results: readonly Value[];
    readonly assemble: (tensors: readonly Tensor[]) => TensorTree;
}
/**
 * Records a function of tensors as a graph.
 *
 * @throws TraceError when it reads a value or uses a kernel without a mapping, ShapeError when it assigns a variable
 *   a value of another shape or type.
 */
export declare function trace(fn: (...inputs: Tensor[]) => TensorTree, examples: readonly Tensor[], variables: readonly Variable[], name: string): Program;
