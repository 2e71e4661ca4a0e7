import { rules } from '../../src/rules/registry.js';

/** The rules that between them use every part that rules are made of. */
export const THOROUGH: readonly string[] = [
  'bcm',
  'bcm-response',
  'delta',
  'hebbian',
  'oja',
  'oja-response',
  'oja-unit',
];

/** All others: what takes long to test of them is for slow tests. */
export const OTHERS: readonly string[] = Object.keys(rules).filter((name) => !THOROUGH.includes(name));
