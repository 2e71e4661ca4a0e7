import {
  entries,
  fields,
  finite,
  flag,
  list,
  method,
  oneOf,
  optional,
  parameter,
  someText,
  test,
  text,
  type FormCheck,
  word,
} from '../core/form.js';
import type { LearningRule, Normalisation, SignalSpec } from './contract.js';

const WIDTHS: readonly NonNullable<SignalSpec['width']>[] = ['key', 'value', 'write'];
const NORMALISATIONS: readonly Normalisation[] = ['unit', 'scaled', 'none'];
const ONNX_MODES: readonly NonNullable<LearningRule['onnx']>[] = ['linear', 'gated', 'delta', 'gated_delta'];

const signal = fields({
  low: finite,
  high: test(
    (value) => (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'string',
    'a finite number or the name of a parameter',
  ),
  initial: finite,
  meaning: text,
  width: optional(oneOf(WIDTHS)),
  constant: optional(flag),
});

const stability = fields({ quantity: text, bound: finite, anyOrder: optional(flag), measure: method });

const normalise = fields({
  q: oneOf(NORMALISATIONS),
  k: oneOf(NORMALISATIONS),
  v: oneOf(NORMALISATIONS),
});

/** A check for every field of the contract; the compiler asks for a line where the contract gets a new one. */
const FIELDS: Readonly<Record<keyof LearningRule, FormCheck>> = {
  name: word,
  title: text,
  equation: text,
  source: text,
  reductions: optional(list(someText)),
  signals: entries(signal),
  params: entries(parameter()),
  writes: optional(
    test(
      (value) => typeof value === 'string' || (Number.isInteger(value) && Number(value) >= 1),
      'a whole number of at least 1 or the name of a parameter',
    ),
  ),
  normalise,
  anyKeys: optional(flag),
  initState: method,
  step: method,
  decay: optional(method),
  read: optional(method),
  chunk: optional(method),
  channelChunk: optional(flag),
  sharedReads: optional(flag),
  stability: optional(stability),
  onnx: optional(oneOf(ONNX_MODES)),
};

/** A signal lies between its bounds, of which the upper may be a parameter. */
function signalIssues({ signals, params }: Pick<LearningRule, 'signals' | 'params'>): string[] {
  return Object.entries(signals).flatMap(([name, { low, high, initial }]) => {
    const path = `rule.signals.${name}`;
    const highest = typeof high === 'string' ? params[high]?.default : high;
    if (typeof highest !== 'number') {
      return [`${path}.high: expected a number or the name of a parameter that is one, got '${high}'`];
    }
    if (low < initial && initial < highest) return [];
    return [`${path}.initial: expected a number between ${low} and ${highest}, got ${initial}`];
  });
}

/** A number of writes that is a parameter is a whole number of at least 1. */
function writeIssues({ writes, params }: Pick<LearningRule, 'writes' | 'params'>): string[] {
  if (typeof writes !== 'string') return [];
  const spec = params[writes];
  if (spec?.whole === true && (spec.range?.[0] ?? 0) >= 1) return [];
  return [`rule.writes: expected the name of a parameter that is whole and at least 1, got '${writes}'`];
}

/**
 * Everything that is wrong with an object as a learning rule, each with the field it is in; none when it keeps
 * the contract's form. What its functions do is for `checkRule`.
 */
export function ruleIssues(rule: unknown): readonly string[] {
  const issues = fields(FIELDS)(rule, 'rule');
  // The cast: all fields have their types.
  if (issues.length > 0) return issues;
  return [...signalIssues(rule as LearningRule), ...writeIssues(rule as LearningRule)];
}
