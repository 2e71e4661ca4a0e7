import { bcmPredictions } from './bcm.js';
import type { Predictions } from './contract.js';
import { deltaPredictions } from './delta.js';
import { hebbianPredictions } from './hebbian.js';
import { ojaPredictions } from './oja.js';
import { ojaUnitPredictions } from './ojaUnit.js';

/** What theory says of each rule, by the rule's name. A rule without a line has no closed forms. */
export const predictions: Readonly<Record<string, Predictions>> = {
  bcm: bcmPredictions,
  delta: deltaPredictions,
  hebbian: hebbianPredictions,
  oja: ojaPredictions,
  'oja-unit': ojaUnitPredictions,
};
