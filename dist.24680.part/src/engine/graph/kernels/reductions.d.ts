import type { GraphBuilder } from '../builder.js';
import { type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
/** A reduction by ONNX node `type` over the axes. */
export declare function reduce(g: GraphBuilder, type: string, x: Value, axes: readonly number[], keep: boolean): Value;
export declare const reductions: Lowerings;
