import type { DecayGate } from './contract.js';
/** No decay: the memory keeps everything until a rule overwrites it. */
export declare const none: DecayGate;
