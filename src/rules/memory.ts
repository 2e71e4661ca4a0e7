import { ShapeError } from '../core/errors.js';
import { tf, type Tensor } from '../core/tf.js';
import { decayKind } from '../chunks/decay.js';
import type { LearningRule, Params, RuleDims, RuleState, TokenInput } from './contract.js';

/** An empty memory `[B,H,V,K]`. */
export function emptyMemory({ B, H, V, K }: RuleDims): Tensor {
  return tf.zeros([B, H, V, K]);
}

/**
 * The memory after one token's decay, `S~ = S Diag(exp(g))`.
 *
 * Shapes: S `[B,H,V,K]` · logDecay `[B,H]` (per head) or `[B,H,K]` (per key channel).
 */
export function decayed(S: Tensor, logDecay: Tensor | undefined): Tensor {
  if (!logDecay) return S;
  const factor = tf.expandDims(tf.exp(logDecay), 2);
  const perChannel = decayKind(logDecay, S.rank - 1) === 'perChannel';
  return tf.mul(S, perChannel ? factor : tf.expandDims(factor, 3));
}

/** `S x`: S `[B,H,V,K]`, x `[B,H,K]` to `[B,H,V]`. */
export function recall(S: Tensor, x: Tensor): Tensor {
  return tf.squeeze(tf.matMul(S, tf.expandDims(x, 3)), [3]);
}

/** What a token's query reads of a rule's state after the write, `[B,H,V]`. */
export function readState(rule: LearningRule, state: RuleState, x: TokenInput, params: Params): Tensor {
  return rule.read ? rule.read(state, x, params) : recall(state.S, x.q);
}

/** What a decay leaves of a rule's state: what the rule says, or S with its columns decayed. */
export function decayedState(
  rule: LearningRule,
  state: RuleState,
  logDecay: Tensor | undefined,
  params: Params,
): RuleState {
  return rule.decay?.(state, logDecay, params) ?? { ...state, S: decayed(state.S, logDecay) };
}

/** `S^T x`: S `[B,H,V,K]`, x `[B,H,V]` to `[B,H,K]`. */
export function recallKey(S: Tensor, x: Tensor): Tensor {
  return tf.squeeze(tf.matMul(S, tf.expandDims(x, 3), true), [3]);
}

/** `S + a b^T`: a `[B,H,V]`, b `[B,H,K]`. The product of matrices is the faster one, and rounds as the other. */
export function associate(S: Tensor, a: Tensor, b: Tensor): Tensor {
  return tf.add(S, tf.matMul(tf.expandDims(a, 3), tf.expandDims(b, 2)));
}

/** A signal `[B,H]` (or `[B,H,T]`) as a factor of vectors: one axis more. */
export function asFactor(signal: Tensor): Tensor {
  return tf.expandDims(signal, signal.rank);
}

/** `beta |k|^2` `[B,H]`: the share of the error at a token's own key that error correction takes off. */
export function correctedShare(x: TokenInput): Tensor {
  return tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(x.k), 2));
}

/** The decayed memory S~, and its response `[B,H,V]` to the token's key, with the value as teacher: `y = S~ k + v`. */
export function forcedResponse(
  { S }: RuleState,
  x: TokenInput,
): { readonly before: Tensor; readonly response: Tensor } {
  const before = decayed(S, x.logDecay);
  return { before, response: tf.add(recall(before, x.k), x.v) };
}

/**
 * A field of the state beside S.
 *
 * @throws ShapeError when the state has none of that name.
 */
export function fieldOf(state: RuleState, name: string): Tensor {
  const field = state[name];
  if (field) return field;
  const given = Object.keys(state).join(', ');
  throw new ShapeError(`rule: expected the state '${name}', got ${given}; start from initState`);
}

/**
 * A signal the rule declares.
 *
 * @throws ShapeError when the caller did not give it.
 */
export function signalOf(x: TokenInput, name: string): Tensor {
  const signal = x.signals[name];
  if (signal) return signal;
  const given = Object.keys(x.signals).join(', ') || 'none';
  throw new ShapeError(`rule: expected the signal '${name}', got ${given}; pass it in 'signals'`);
}
