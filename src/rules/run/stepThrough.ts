import { replaceRows } from '../../ops/replaceRows.js';
import { segmentsOf } from '../../ops/segments.js';
import { tf, type Tensor } from '../../core/tf.js';
import { scan } from '../../engine/scan.js';
import type {
  LearningRule,
  Params,
  RuleState,
  SequenceInput,
  SequenceResult,
  TokenInput,
} from '../contract.js';
import { stepGroups } from '../../chunks/queryGroups.js';

/**
 * A rule's step form over a sequence: the definition of its chunk form, and the only form of rules that are
 * not linear in the state. The state starts afresh at each document's first token.
 *
 * Shapes as in `runRule`.
 */
export function stepThrough(
  rule: LearningRule,
  state: RuleState | undefined,
  xs: SequenceInput,
  params: Params,
): SequenceResult {
  const [B = 0, H = 0, , K = 0] = xs.k.shape;
  // Made anew where it is used: the gradient calls the body when what it closes over may be gone.
  const makeEmpty = (): RuleState => rule.initState({ B, H, K, V: xs.v.shape[3] ?? 0 }, params);
  const empty = makeEmpty();
  const names = Object.keys(empty);
  const sequences = sequencesOf(xs);
  const inputNames = Object.keys(sequences);
  const { carry, ys } = scan(
    (carried, slices) => {
      const token = named(inputNames, slices);
      const before = restarted(stateOf(names, carried), makeEmpty, token.restart);
      const { output, state: after } = stepGroups(rule, before, tokenOf(token, rule), params);
      return { carry: names.map((name) => after[name] as Tensor), ys: [output] }; // a step keeps its fields
    },
    names.map((name) => (state ?? empty)[name] as Tensor), // a state has every field
    Object.values(sequences),
    2,
  );
  return { outputs: ys[0] as Tensor, state: stateOf(names, carry) }; // the body puts out one
}

/** All inputs under one name each, time on axis 2. */
function sequencesOf(xs: SequenceInput): Record<string, Tensor> {
  const signals = Object.entries(xs.signals).map(([name, x]) => [`signals.${name}`, x] as const);
  return {
    q: xs.q,
    k: xs.k,
    v: xs.v,
    ...(xs.logDecay && { logDecay: xs.logDecay }),
    ...(xs.documents && { restart: restarts(xs.documents) }),
    ...Object.fromEntries(signals),
  };
}

/** Documents `[B,T]` to `[B,1,T]` bool: true where another document starts. */
function restarts(documents: Tensor): Tensor {
  const [B = 0, T = 0] = documents.shape;
  const segments = segmentsOf(documents);
  const before = tf.concat([tf.zeros([B, 1]), tf.slice(segments, [0, 0], [B, T - 1])], 1);
  return tf.expandDims(tf.notEqual(segments, before), 1);
}

/** The state, or the empty one in the rows that start a document: restart `[B,1]`. */
function restarted(state: RuleState, makeEmpty: () => RuleState, restart: Tensor | undefined): RuleState {
  if (!restart) return state;
  const rows = Object.entries(makeEmpty()).map(
    ([name, fresh]) => [name, replaceRows(restart, fresh, state[name] as Tensor)] as const, // the same fields
  );
  return Object.fromEntries(rows) as RuleState; // the fields of `empty`, S among them
}

function tokenOf(token: Readonly<Record<string, Tensor>>, rule: LearningRule): TokenInput {
  const signals = Object.keys(rule.signals).map((name) => [name, token[`signals.${name}`]] as const);
  const { q, k, v, logDecay } = token;
  return { q, k, v, signals: Object.fromEntries(signals), logDecay } as TokenInput; // all were given
}

function stateOf(names: readonly string[], tensors: readonly Tensor[]): RuleState {
  return named(names, tensors) as RuleState; // the names are a rule's state fields, S among them
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])); // as many as names
}
