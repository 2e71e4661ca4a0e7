import {
  entries,
  fields,
  type FormCheck,
  method,
  optional,
  parameter,
  test,
  text,
  word,
} from '../core/form.js';
import { channel } from './channel.js';
import type { ParamsOf } from '../core/params.js';
import { createRegistry } from '../core/registry.js';
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

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof DecayGate, FormCheck>> = {
  name: word,
  title: text,
  equation: text,
  source: text,
  params: entries(parameter()),
  columns: method,
  weights: method,
  logDecay: method,
  softplus: optional(test((value) => value === true, 'true')),
};

/** Decay gates by name, and how one is added. */
export const gateRegistry = createRegistry<DecayGate>('gate', own, (gate) => fields(FIELDS)(gate, 'gate'));

/** Every decay gate by name: those of this project, and those registered since the process began. */
export const gates = gateRegistry.table;

/**
 * Makes a gate known by its name, for as long as the process lives. The same object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another gate.
 */
export const registerGate: (gate: DecayGate) => DecayGate = gateRegistry.register;
