import type { GraphBuilder } from '../builder.js';
import { type Lowerings } from '../lowering.js';
import { type ElementType, type Value } from '../value.js';
/** A node whose output is like its first input; element by element, so it runs in the shape the data has. */
export declare function same(g: GraphBuilder, type: string, inputs: readonly Value[], x: Value): Value;
/** A broadcasting node; a constant that is one number is stored once as a scalar. */
export declare function binary(g: GraphBuilder, type: string, a: Value, b: Value, dtype?: ElementType): Value;
/** Arithmetic with what is known while tracing worked out: tfjs's gradients begin with ones and zeros. */
export declare function arithmetic(g: GraphBuilder, type: string, a: Value, b: Value): Value;
/** Casts between float, int and bool; a number is true when it is not 0. */
export declare function cast(g: GraphBuilder, x: Value, dtype: ElementType): Value;
export declare const elementwise: Lowerings;
