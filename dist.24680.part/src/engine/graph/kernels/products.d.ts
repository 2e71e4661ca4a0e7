import type { GraphBuilder } from '../builder.js';
import { type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
/** How one side of a product is read. */
interface Side {
    readonly value: Value;
    readonly transposed: boolean;
}
/**
 * A matrix product. Transposes are flags of the node, never nodes of their own: `Gemm` for matrices,
 * `FusedMatMul` for batches.
 */
export declare function product(g: GraphBuilder, a: Side, b: Side): Value;
export declare const products: Lowerings;
export {};
