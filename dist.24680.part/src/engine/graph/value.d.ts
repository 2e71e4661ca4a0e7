/** Numbers as a graph stores them, by element type. */
export type TypedArray = Float32Array | Int32Array | Uint8Array | BigInt64Array;
/** Element types a graph holds; `int64` only for the arguments ONNX wants so (axes, shapes). */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64';
/**
 * A tensor in the graph. `base` makes it another shape of a value, without a node until something needs
 * that shape. A value without a name is a constant, stored when a node first uses it.
 */
export interface Value {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: ElementType;
    readonly base?: Value;
    readonly constant?: TypedArray;
    /** Set when every element is this number. */
    readonly uniform?: number;
}
/** Plain numbers as the array a type is stored in. */
export declare function toTypedArray(values: ArrayLike<number>, dtype: ElementType): TypedArray;
/** The number all elements share, or undefined. */
export declare function uniformOf(data: TypedArray): number | undefined;
/** ONNX's numbers for element types (TensorProto.DataType). */
export declare const onnxType: Readonly<Record<ElementType, number>>;
/** What an ONNX node may carry beside its inputs; `{ f }` marks a float that happens to be whole. */
export type NodeAttribute = number | string | boolean | readonly number[] | {
    readonly f: number;
} | {
    readonly graph: SubGraph;
};
export type NodeAttributes = Readonly<Record<string, NodeAttribute>>;
export interface GraphNode {
    readonly type: string;
    readonly domain: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes: NodeAttributes;
    /** Floating point operations of a matrix product; 0 for everything else. */
    readonly flops: number;
}
export interface Constant {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: ElementType;
    readonly data: TypedArray;
}
/** A whole graph: inputs and outputs by value, nodes in an order that can run. */
export interface SubGraph {
    readonly nodes: readonly GraphNode[];
    readonly constants: readonly Constant[];
    readonly inputs: readonly Value[];
    readonly outputs: readonly Value[];
}
/** Shape and type of a node's output. */
export interface OutputInfo {
    readonly shape: readonly number[];
    readonly dtype: ElementType;
    /** Of a matrix product: a multiplication and an addition count as two. */
    readonly flops?: number;
}
