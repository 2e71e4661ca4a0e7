import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import { shareOf } from './share.js';

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

/** Each rule under one gate, all gates in turn. */
const IN_TURN = [...THOROUGH, ...OTHERS].map((rule, i) => ({ rule, gate: everyGate[i % everyGate.length]! }));

/** Rules under gates, for what is done with whole models: the thorough rules under every gate, the others under one in turn. */
export const COMBINATIONS: readonly { readonly rule: string; readonly gate: string }[] = [
  ...THOROUGH.flatMap((rule) => everyGate.map((gate) => ({ rule, gate }))),
  ...IN_TURN.filter(({ rule }) => OTHERS.includes(rule)),
];

/** The same where each takes seconds: a run that makes a share of its tries has each rule under one gate. */
export const SLOW_COMBINATIONS = shareOf(2) === 1 ? IN_TURN : COMBINATIONS;
