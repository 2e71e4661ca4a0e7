import { adamw } from './adamw.js';
import type { Optimizer } from './contract.js';
import { muon } from './muon.js';

/** All optimizers by name. */
export const optimizers: Readonly<Record<string, Optimizer>> = { adamw, muon };
