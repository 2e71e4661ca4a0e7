import { queriesPerMemory } from '../../chunks/layout.js';
import { tf, type Tensor } from '../../core/tf.js';
import { unstack } from '../../core/unstack.js';
import { readState } from '../memory.js';
import type { LearningRule, Params, RuleState, SequenceInput, StepResult, TokenInput } from '../contract.js';

/**
 * A rule's step with G queries per memory: one write, G reads.
 *
 * Shapes: q `[B,G M,K]`, all else of M heads -> output `[B,G M,V]`.
 */
export function stepGroups(rule: LearningRule, state: RuleState, x: TokenInput, params: Params): StepResult {
  const [B = 0, M = 0, , K = 0] = state.S.shape;
  const G = queriesPerMemory(x);
  if (G === 1) return rule.step(state, x, params);
  const [first = x.q] = unstack(tf.reshape(x.q, [B, M, G, K]), 2);
  const after = rule.step(state, { ...x, q: first }, params).state;
  return { output: readGroups(rule, after, x, params), state: after };
}

/**
 * What each of G queries per memory reads of a state after the write.
 *
 * Shapes: q `[B,G M,K]`, all else of M heads -> `[B,G M,V]`.
 */
export function readGroups(rule: LearningRule, state: RuleState, x: TokenInput, params: Params): Tensor {
  const G = queriesPerMemory(x);
  if (G === 1) return readState(rule, state, x, params);
  const [B = 0, M = 0, V = 0, K = 0] = state.S.shape;
  const q = tf.reshape(x.q, [B, M, G, K]);
  const each = (): Tensor[] => unstack(q, 2).map((own) => readState(rule, state, { ...x, q: own }, params));
  const reads = rule.read ? tf.stack(each(), 2) : tf.matMul(q, state.S, false, true);
  return tf.reshape(reads, [B, M * G, V]);
}

/** The same sequence with G memories in place of one, one per query: what sharing must equal. */
export function repeatedInputs(xs: SequenceInput): SequenceInput {
  const G = queriesPerMemory(xs);
  const signals = Object.entries(xs.signals).map(([name, x]) => [name, repeatedHeads(x, G)] as const);
  return {
    ...xs,
    k: repeatedHeads(xs.k, G),
    v: repeatedHeads(xs.v, G),
    signals: Object.fromEntries(signals),
    logDecay: xs.logDecay && repeatedHeads(xs.logDecay, G),
  };
}

/** `[B,M,..]` to `[B,G M,..]`, each head G times in a row. */
export function repeatedHeads(x: Tensor, G: number): Tensor {
  const [B = 0, M = 0, ...rest] = x.shape;
  const copies = Array.from({ length: G }, () => x);
  return tf.reshape(tf.stack(copies, 2), [B, M * G, ...rest]);
}

/** One of each G heads in a row: `[B,G M,..]` to `[B,M,..]`. */
export function oneOfHeads(x: Tensor, G: number): Tensor {
  const [B = 0, heads = 0, ...rest] = x.shape;
  const grouped = tf.reshape(x, [B, heads / G, G, ...rest]);
  const sizes = [B, heads / G, 1, ...rest];
  return tf.reshape(
    tf.slice(
      grouped,
      sizes.map(() => 0),
      sizes,
    ),
    [B, heads / G, ...rest],
  );
}
