import { segmentsOf } from '../../ops/segments.js';
import { tf, type Tensor } from '../../core/tf.js';
import { scan, type ScanBody } from '../../engine/scan.js';
import type { LearningRule, Params, RuleState, SequenceInput, TokenInput } from '../contract.js';

/** A memory followed through a sequence. */
export interface MemoryTrace {
  /** |S| after each token, `[B,H,T]`. */
  readonly norm: Tensor;
  /** The measure of the rule's bound at each token, `[B,H,T]`; absent for a rule without one. */
  readonly stability?: Tensor;
  /** The state at the end of each row's first document. */
  readonly state: RuleState;
}

/**
 * Follows a memory, empty at first, through the first document of each row, token by token as the rule defines it;
 * later tokens leave the state as it is. Queries are not looked at.
 *
 * Shapes: k `[B,H,T,K]`, v `[B,H,T,V]`, all else as in `runRule`; without documents a row is one.
 * State: pure; disposes nothing.
 */
export function traceMemory(rule: LearningRule, xs: SequenceInput, params: Params): MemoryTrace {
  const [B = 0, H = 0, , K = 0] = xs.k.shape;
  const empty = rule.initState({ B, H, K, V: xs.v.shape[3] ?? 0 }, params);
  const fields = Object.keys(empty);
  const sequences = sequencesOf(xs);
  const names = Object.keys(sequences);
  const follow: ScanBody = (carried, slices) => {
    const before = named(fields, carried) as RuleState; // the fields of `empty`, S among them
    const token = named(names, slices);
    const x = tokenOf(token, rule);
    const after = keptAfter(rule.step(before, x, params).state, before, token.first);
    const measure = rule.stability?.measure(x, before, params);
    return {
      carry: fields.map((field) => after[field] as Tensor), // a step keeps its fields
      ys: [normOf(after.S), ...(measure ? [measure] : [])],
    };
  };
  const { carry, ys } = scan(follow, Object.values(empty), Object.values(sequences), 2);
  const [norm, stability] = ys;
  return {
    norm: norm as Tensor, // the body puts out one or two
    ...(stability && { stability }),
    state: named(fields, carry) as RuleState, // as above
  };
}

function normOf(S: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(S), [2, 3]));
}

/** All inputs under one name each, time on axis 2; `first` `[B,1,T]` is true in the first document. */
function sequencesOf({ k, v, logDecay, signals, documents }: SequenceInput): Record<string, Tensor> {
  const written = Object.entries(signals).map(([name, signal]) => [`signal/${name}`, signal] as const);
  return {
    k,
    v,
    ...(documents && { first: tf.expandDims(tf.equal(segmentsOf(documents), 0), 1) }),
    ...(logDecay && { logDecay }),
    ...Object.fromEntries(written),
  };
}

/** A token of which only what it writes is of interest: it is read with its own key. */
function tokenOf(token: Readonly<Record<string, Tensor>>, rule: LearningRule): TokenInput {
  const own = Object.keys(rule.signals).map((name) => [name, token[`signal/${name}`]] as const);
  const { k, v, logDecay } = token;
  return { q: k, k, v, logDecay, signals: Object.fromEntries(own) } as TokenInput; // all were given
}

/** The state after a token of the first document, else as before; first `[B,1]`. */
function keptAfter(after: RuleState, before: RuleState, first: Tensor | undefined): RuleState {
  if (!first) return after;
  const kept = Object.entries(after).map(([field, tensor]) => {
    const flags = tf.reshape(first, [first.shape[0] ?? 0, ...tensor.shape.slice(1).map(() => 1)]);
    return [field, tf.where(flags, tensor, before[field] ?? tensor)] as const;
  });
  return Object.fromEntries(kept) as RuleState; // the same fields
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])); // as many as names
}
