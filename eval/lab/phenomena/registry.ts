import {
  blocking,
  conditionedInhibition,
  contingency,
  inhibitorExtinction,
  negativePatterning,
  overexpectation,
  overshadowing,
} from './competition.js';
import type { Phenomenon } from './contract.js';
import {
  acquisition,
  extinction,
  forgetting,
  generalisation,
  latentInhibition,
  partialReinforcement,
  traceConditioning,
  usMagnitude,
} from './oneStimulus.js';
import {
  reinstatement,
  renewal,
  retroactiveInterference,
  reversal,
  savings,
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
  generalisation,
  traceConditioning,
  blocking,
  overshadowing,
  overexpectation,
  conditionedInhibition,
  inhibitorExtinction,
  contingency,
  negativePatterning,
  retroactiveInterference,
  usPreexposure,
  secondOrder,
  reversal,
  savings,
  spontaneousRecovery,
  renewal,
  reinstatement,
];

/** Every phenomenon by name, in the order of the table. */
export const phenomena: Readonly<Record<string, Phenomenon>> = Object.fromEntries(
  all.map((phenomenon) => [phenomenon.name, phenomenon]),
);

/** The reading of a phenomenon that a picture shows in time. */
export function shownReading({ readings, shows }: Phenomenon): string {
  const last = Math.max(...Object.values(readings).map(({ phase }) => phase));
  return shows ?? Object.keys(readings).find((name) => readings[name]?.phase === last) ?? '';
}
