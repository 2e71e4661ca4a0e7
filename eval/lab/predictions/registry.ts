import { bcmPredictions } from './bcm.js';
import { numberParam } from '../../../src/core/params.js';
import { combaPredictions } from './comba.js';
import type { Predictions } from './contract.js';
import { deltaPredictions } from './delta.js';
import { deltaConditioning } from './deltaConditioning.js';
import { hebbianPredictions } from './hebbian.js';
import { ojaPredictions } from './oja.js';
import { ojaUnitPredictions } from './ojaUnit.js';
import { regressionConditioning } from './regression.js';

/** What theory says of each rule, by the rule's name. A rule without a line has no closed forms. */
export const predictions: Readonly<Record<string, Predictions>> = {
  bcm: bcmPredictions,
  comba: combaPredictions,
  delta: deltaPredictions,
  // The lab erases and writes with one strength.
  'gated-delta-2': { conditioning: deltaConditioning },
  hebbian: hebbianPredictions,
  // The ridge of a new layer.
  mesa: { conditioning: regressionConditioning(() => 1) },
  oja: ojaPredictions,
  'oja-unit': ojaUnitPredictions,
  rls: { conditioning: regressionConditioning((params) => numberParam(params, 'ridge')) },
};
