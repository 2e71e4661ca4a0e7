import type { Optimizer } from './contract.js';
/** All optimizers by name. */
export declare const optimizers: Readonly<Record<string, Optimizer>>;
