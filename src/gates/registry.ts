import { channel } from './channel.js';
import type { DecayGate } from './contract.js';
import { fixed } from './fixed.js';
import { none } from './none.js';
import { scalar } from './scalar.js';

/** Every decay gate by name. A new one is its file and its line here. */
export const gates: Readonly<Record<string, DecayGate>> = { channel, fixed, none, scalar };
