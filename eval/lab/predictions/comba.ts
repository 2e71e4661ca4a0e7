import type { LabSetting } from '../setting.js';
import type { Predictions } from './contract.js';
import { deltaConditioning } from './deltaConditioning.js';

/** d of a new layer. */
const FEEDBACK = 0.73;

const scaled = (s: LabSetting): LabSetting => ({ ...s, beta: s.beta * FEEDBACK });

/**
 * Comba is the delta rule of d times the response, with d times the step:
 *
 *   V <- V + b (lambda - d sum V)        U = d V:  U <- U + d b (lambda - sum U)
 *
 * so that every response is the delta rule's, divided by d. The US of a second layer is the first's response, which is
 * divided by d already.
 *
 * Source: docs/theory.md 4.2.
 */
const conditioning = Object.entries(deltaConditioning).map(([name, form]) => {
  const predict: typeof form = (s, params) => {
    const entries = Object.entries(form(scaled(s), params)).map(([reading, value]) => {
      const layers = reading.endsWith('second layer') ? 2 : 1;
      return [reading, value / FEEDBACK ** layers] as const;
    });
    return Object.fromEntries(entries);
  };
  return [name, predict] as const;
});

/**
 * Comba, with d as a new layer has it. Of two heads each takes the whole of the other's response off its US and only a
 * share of its own, so that their recovery is not that of the delta rule.
 */
export const combaPredictions: Predictions = {
  conditioning: {
    ...Object.fromEntries(conditioning),
    'spontaneous-recovery': () => ({ 'change in the pause, one head': 0 }),
  },
};
