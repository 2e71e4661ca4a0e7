import { channel } from './channel.js';
import { fixed } from './fixed.js';
import { none } from './none.js';
import { scalar } from './scalar.js';
/** Every decay gate by name. A new one is its file and its line here. */
export const gates = { channel, fixed, none, scalar };
