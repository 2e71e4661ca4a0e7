import { adamw } from './adamw.js';
import type { Optimizer } from './contract.js';
import { muon } from './muon.js';

/** Every optimizer of this project by name. A new one is its file and its line here. */
const own = { adamw, muon };

/** The name of an optimizer of this project. */
export type OptimizerName = keyof typeof own;

/** Every optimizer by name. */
export const optimizers: Readonly<Record<string, Optimizer>> = own;
