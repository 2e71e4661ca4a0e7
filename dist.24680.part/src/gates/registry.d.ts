import type { DecayGate } from './contract.js';
/** Every decay gate by name. A new one is its file and its line here. */
export declare const gates: Readonly<Record<string, DecayGate>>;
