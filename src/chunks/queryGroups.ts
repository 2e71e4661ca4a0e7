import { ShapeError } from '../core/errors.js';
import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
import type {
  LearningRule,
  Params,
  RuleState,
  SequenceInput,
  StepResult,
  TokenInput,
} from '../rules/contract.js';

/**
 * How many queries read each memory, G: heads of q over heads of k. Query head g + G m reads memory m.
 *
 * @throws ShapeError when the heads of q are no multiple of those of k.
 */
export function queriesPerMemory({ q, k }: Pick<TokenInput, 'q' | 'k'>): number {
  const [heads = 0, memories = 0] = [q.shape[1], k.shape[1]];
  if (heads % memories === 0) return heads / memories;
  throw new ShapeError(
    `rule: expected as many heads of q as of k, or a multiple, got q [${q.shape.join(',')}] and k [${k.shape.join(',')}]`,
  );
}

/** Queries `[B,G M,..]` as G of one a memory, `[B,M,..]` each. */
export function queryGroups(xs: Pick<TokenInput, 'q' | 'k'>): Tensor[] {
  const G = queriesPerMemory(xs);
  if (G === 1) return [xs.q];
  const [B = 0, , ...rest] = xs.q.shape;
  return unstack(tf.reshape(xs.q, [B, xs.k.shape[1] ?? 0, G, ...rest]), 2);
}

/** What each of G groups read, `[B,M,..]` each, as one `[B,G M,..]`. */
export function joinGroups(outputs: readonly Tensor[]): Tensor {
  const [first] = outputs;
  if (!first || outputs.length === 1) return first ?? tf.tensor([]);
  const [B = 0, M = 0, ...rest] = first.shape;
  return tf.reshape(tf.stack([...outputs], 2), [B, M * outputs.length, ...rest]);
}

/**
 * A rule's step with G queries a memory: one write, G reads `o = S q`.
 *
 * Shapes: q `[B,G M,K]`, all else of M heads -> output `[B,G M,V]`.
 */
export function stepGroups(rule: LearningRule, state: RuleState, x: TokenInput, params: Params): StepResult {
  const G = queriesPerMemory(x);
  if (G === 1) return rule.step(state, x, params);
  const [B = 0, M = 0, K = 0] = x.k.shape;
  const q = tf.reshape(x.q, [B, M, G, K]);
  const first = tf.squeeze(tf.slice(q, [0, 0, 0, 0], [B, M, 1, K]), [2]);
  const after = rule.step(state, { ...x, q: first }, params).state;
  const output = tf.reshape(tf.matMul(q, after.S, false, true), [B, M * G, x.v.shape[2] ?? 0]);
  return { output, state: after };
}

/** The same sequence with G memories in place of one, one a query: what sharing must equal. */
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
