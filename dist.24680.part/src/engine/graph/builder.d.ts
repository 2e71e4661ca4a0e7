import { type ElementType, type GraphNode, type NodeAttributes, type OutputInfo, type SubGraph, type Value } from './value.js';
/**
 * Collects the nodes of one graph. Equal nodes become one; reshapes cost nothing until they are needed;
 * what no output needs is left out by `finish`.
 */
export declare class GraphBuilder {
    private readonly prefix;
    private readonly nodes;
    private readonly constants;
    private readonly inputs;
    private readonly producers;
    private readonly renamed;
    private readonly made;
    private readonly shared;
    private count;
    /** `prefix` keeps the names of nested graphs apart. */
    constructor(prefix?: string);
    /** A name nothing else in the graph has. */
    fresh(): string;
    /** Declares a graph input. */
    input(name: string, shape: readonly number[], dtype: ElementType): Value;
    /** A constant, stored when a node first uses it. */
    constant(values: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Value;
    /** A tensor of one number; it takes no memory while tracing. */
    uniform(uniform: number, shape: readonly number[], dtype: ElementType): Value;
    scalar(value: number, dtype?: ElementType): Value;
    /** A vector of int64, as ONNX wants axes and shapes. */
    ints(values: readonly number[]): Value;
    /** The same data under another shape. */
    reshape(value: Value, shape: readonly number[]): Value;
    /** Adds a node with one output. */
    op(type: string, inputs: readonly (Value | undefined)[], attributes: NodeAttributes, info: OutputInfo, domain?: string): Value;
    /** Adds a node; an undefined input is an optional one left out. */
    opMany(type: string, inputs: readonly (Value | undefined)[], attributes: NodeAttributes, infos: readonly OutputInfo[], domain?: string): readonly Value[];
    /** The name under which nodes of this graph can use the value in its shape. */
    nameOf(value: Value): string;
    private store;
    /** A large tensor of one number, made when the graph runs instead of stored. */
    private expand;
    private add;
    /** The node that makes a value, if it is one of this graph's nodes in the shape the node gives it. */
    producerOf(value: Value): GraphNode | undefined;
    /** Marks the result under an output name of its own: the node's own output where that can be renamed. */
    output(value: Value, name: string): Value;
    /** The graph that computes these outputs, without what they do not need. */
    finish(outputs: readonly Value[]): SubGraph;
    private withNewNames;
}
