import type { GraphBuilder } from '../builder.js';
import { type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
/** A contiguous or strided part, by ONNX's Slice. */
export declare function slice(g: GraphBuilder, x: Value, begin: readonly number[], end: readonly number[], strides: readonly number[], shape: readonly number[]): Value;
export declare function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value;
export declare const shaping: Lowerings;
