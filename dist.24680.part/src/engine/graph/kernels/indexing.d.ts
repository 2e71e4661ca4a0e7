import type { GraphBuilder } from '../builder.js';
import { type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
/**
 * Rows added into a table of zeros at the row numbers, repeats summed.
 *
 * `ScatterElements` and not `ScatterND`: the latter loses updates of repeated indices on ONNX Runtime's CPU.
 */
export declare function scatterAddRows(g: GraphBuilder, table: Value, ids: Value, rows: Value): Value;
export declare function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value;
export declare const indexing: Lowerings;
