import type { Optimizer, UpdateInput } from './contract.js';
/** A slot by name; a missing one is a fault of the program. */
export declare function slotOf(slots: UpdateInput['slots'], name: string): UpdateInput['weight'];
export declare const adamw: Optimizer;
