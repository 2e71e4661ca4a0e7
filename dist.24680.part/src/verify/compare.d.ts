import type { NamedNumbers } from './ruleCase.js';
/** How far two numbers may lie apart: `atol + rtol |wanted|`, atol times the largest wanted if above 1. */
export interface Tolerance {
    readonly rtol: number;
    readonly atol: number;
}
/** Two forms of one sum in float32. */
export declare const CLOSE: Tolerance;
/** The same operations in the same order, on other batch sizes. */
export declare const NEAR: Tolerance;
/** The same bits. */
export declare const EXACT: Tolerance;
/** A number short enough to read and long enough to see the difference. */
export declare function shown(x: number): string;
/** The first difference in what is wanted: `outputs at token 5, row 0, ...: 0.25 instead of 0.5`. */
export declare function difference(got: NamedNumbers, wanted: NamedNumbers, tolerance: Tolerance): string | undefined;
/** The first number that is NaN or infinite. */
export declare function notFinite(got: NamedNumbers): string | undefined;
