import { channel } from './channel.js';
import type { ParamsOf } from '../core/params.js';
import type { DecayGate } from './contract.js';
import { fixed } from './fixed.js';
import { none } from './none.js';
import { scalar } from './scalar.js';

/** Every decay gate of this project by name. A new one is its file and its line here. */
const own = { channel, fixed, none, scalar };

/** The name of a gate of this project. */
export type GateName = keyof typeof own;

/** The parameters of a gate of this project. */
export type GateParams<Name extends GateName> = ParamsOf<(typeof own)[Name]['params']>;

/** Every decay gate by name. */
export const gates: Readonly<Record<string, DecayGate>> = own;
