import { adamw } from './adamw.js';
import { muon } from './muon.js';
/** All optimizers by name. */
export const optimizers = { adamw, muon };
