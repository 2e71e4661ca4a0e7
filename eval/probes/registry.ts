import type { Probe } from '../contract.js';
import { lm } from './lm.js';

/** Every probe by name. A new one is its file and its line here. */
export const probes: Readonly<Record<string, Probe>> = { lm };
