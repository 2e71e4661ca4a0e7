import {
  blocking,
  conditionedInhibition,
  contingency,
  overexpectation,
  overshadowing,
} from './competition.js';
import type { Phenomenon } from './contract.js';
import {
  acquisition,
  extinction,
  forgetting,
  latentInhibition,
  partialReinforcement,
  usMagnitude,
} from './oneStimulus.js';
import {
  retroactiveInterference,
  reversal,
  secondOrder,
  spontaneousRecovery,
  usPreexposure,
} from './succession.js';

const all: readonly Phenomenon[] = [
  acquisition,
  extinction,
  forgetting,
  usMagnitude,
  partialReinforcement,
  latentInhibition,
  blocking,
  overshadowing,
  overexpectation,
  conditionedInhibition,
  contingency,
  retroactiveInterference,
  usPreexposure,
  secondOrder,
  reversal,
  spontaneousRecovery,
];

/** Every phenomenon by name, in the order of the table. */
export const phenomena: Readonly<Record<string, Phenomenon>> = Object.fromEntries(
  all.map((phenomenon) => [phenomenon.name, phenomenon]),
);
