import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import { ALL } from './share.js';

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

const everyGate = Object.keys(gates);

/**
 * Rules under gates, for what is done with whole models: each rule under one gate, all gates in turn; with PAVLOV_ALL=1 every
 * rule under every gate. The contract of rules has all of them with every kind of decay.
 */
export const COMBINATIONS: readonly { readonly rule: string; readonly gate: string }[] = [
  ...THOROUGH,
  ...OTHERS,
].flatMap((rule, i) => {
  const own = ALL ? everyGate : [everyGate[i % everyGate.length]!];
  return own.map((gate) => ({ rule, gate }));
});
