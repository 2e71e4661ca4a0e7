import type { Lowering, Lowerings } from '../lowering.js';
/**
 * Families of lowerings as one.
 *
 * @throws Error (a fault of ours, not the user's) when two of them have a kernel of the same name.
 */
export declare function mergeLowerings(families: readonly Lowerings[]): Lowerings;
/** Every kernel the graph engine knows, by name. */
export declare const lowerings: Readonly<Record<string, Lowering>>;
