import { bcm } from './bcm.js';
import { bcmResponse } from './bcmResponse.js';
import type { LearningRule } from './contract.js';
import { delta } from './delta.js';
import { hebbian } from './hebbian.js';
import { ojaResponse } from './ojaResponse.js';
import { ojaUnit } from './ojaUnit.js';
import { oja } from './oja.js';

/** Every learning rule by name. A new one is its file and its line here. */
export const rules: Readonly<Record<string, LearningRule>> = {
  bcm,
  [bcmResponse.name]: bcmResponse,
  delta,
  hebbian,
  oja,
  [ojaResponse.name]: ojaResponse,
  [ojaUnit.name]: ojaUnit,
};
