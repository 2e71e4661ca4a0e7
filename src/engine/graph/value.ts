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
  /** Names of the sizes that are left open, in the order of the axes. */
  readonly openSizes?: readonly string[];
}

/** Rows `[B,M,1,K]` written into tables `[B,M,L,K]`, each at the place of its b, `[B]`: see `writeRow`. */
export type RowWrite = Readonly<Record<'table' | 'row' | 'slot', Value>>;

/** Plain numbers as the array a type is stored in. */
export function toTypedArray(values: ArrayLike<number>, dtype: ElementType): TypedArray {
  switch (dtype) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'int32':
      return values instanceof Int32Array ? values : Int32Array.from(values);
    case 'bool':
      return values instanceof Uint8Array ? values : Uint8Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
  }
}

/** The number all elements share, or undefined. */
export function uniformOf(data: TypedArray): number | undefined {
  const first = data[0];
  if (first === undefined || typeof first === 'bigint') return undefined;
  // By index: the iterator takes ten times as long, a tenth of a second for all zeros of a training step.
  for (let i = 1; i < data.length; i++) if (data[i] !== first) return undefined;
  return first;
}

/** ONNX's numbers for element types (TensorProto.DataType). */
export const onnxType: Readonly<Record<ElementType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** What an ONNX node may carry beside its inputs; `{ f }` marks a float that happens to be whole. */
export type NodeAttribute =
  | number
  | string
  | boolean
  | readonly number[]
  | { readonly f: number }
  | { readonly graph: SubGraph };

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
