import type { DecayGate } from './contract.js';
import { none } from './none.js';

/** Every decay gate by name. A new one is its file and its line here. */
export const gates: Readonly<Record<string, DecayGate>> = { none };
