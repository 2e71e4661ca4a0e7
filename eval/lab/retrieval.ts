import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule, RuleState } from '../../src/rules/contract.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { correlatedKeys, inWrites, memoryMatrix, signalsAt, stacked, unitVectors } from './inputs.js';

/** Random unit keys and values, stored one after the other. */
export interface PairOptions {
  readonly K: number;
  readonly V: number;
  /** Mean cosine of two keys, in [0, 1). */
  readonly correlation: number;
  /** Independent memories. */
  readonly draws: number;
}

interface StoreOptions extends PairOptions {
  readonly rule: LearningRule;
  readonly params: Params;
  readonly beta: number;
  /** What the memory keeps a write, in (0, 1]. */
  readonly decay: number;
  /** Each draw takes its pairs from a stream of its own. */
  readonly rng: Rng;
}

/** What is recalled of each stored pair: row-major `[draws, N]`, pairs in the order stored. */
export interface Recall {
  readonly pairs: number;
  /** `|S k_j - v_j|^2` */
  readonly errors: Float32Array;
  /** 1 where v_j is, of all stored values, the one that S k_j points to most. */
  readonly hits: Float32Array;
}

interface Pairs {
  readonly keys: Tensor;
  readonly values: Tensor;
}

function drawPairs({ K, V, correlation, draws, rng }: StoreOptions, count: number): Pairs {
  const each = <T>(make: (stream: Rng) => T): T[] =>
    Array.from({ length: draws }, (_, draw) => make(rng.derive('draw', draw)));
  return {
    keys: stacked(each((stream) => correlatedKeys(stream.derive('keys'), count, K, correlation))),
    values: stacked(each((stream) => unitVectors(stream.derive('values'), count, V))),
  };
}

function part(x: Tensor, from: number, to: number): Tensor {
  const [B = 0, H = 0, , size = 0] = x.shape;
  return tf.slice(x, [0, 0, from, 0], [B, H, to - from, size]);
}

function store(
  { rule, params, beta, decay }: StoreOptions,
  { keys, values }: Pairs,
  from: number,
  to: number,
  state: RuleState | undefined,
): RuleState {
  const k = part(keys, from, to);
  const shape = k.shape.slice(0, 3);
  const xs = {
    q: k,
    k: inWrites(rule, params, k),
    v: inWrites(rule, params, part(values, from, to)),
    signals: signalsAt(rule, beta, shape, { K: k.shape[3] ?? 0, V: values.shape[3] ?? 0, params }),
    ...(decay < 1 && { logDecay: tf.fill(shape, Math.log(decay)) }),
  };
  return runRule(rule, xs, { params, ...(state && { state }) }).state;
}

function recall(S: Tensor, pairs: Pairs, count: number): readonly [Tensor, Tensor] {
  const [k, v] = [part(pairs.keys, 0, count), part(pairs.values, 0, count)];
  const recalled = tf.matMul(k, S, false, true); // [B,1,N,V]
  const errors = tf.sum(tf.square(tf.sub(recalled, v)), 3);
  const best = tf.argMax(tf.matMul(recalled, v, false, true), 3);
  const own = tf.reshape(tf.range(0, count, 1, 'int32'), [1, 1, count]);
  return [errors, tf.cast(tf.equal(best, own), 'float32')];
}

/**
 * Stores pairs one after the other in one pass and probes with every key stored so far, at each of the counts.
 *
 *   error_j = |S k_j - v_j|^2
 *
 * State: float32 on the current tfjs backend; disposes every tensor it makes.
 */
export function storeAndRecall(options: StoreOptions, counts: readonly number[]): Recall[] {
  const pairs = drawPairs(options, Math.max(...counts));
  let state: RuleState | undefined;
  let stored = 0;
  const recalls = counts.map((count) => {
    const next = tf.tidy(() => store(options, pairs, stored, count, state));
    if (state) tf.dispose(Object.values(state));
    [state, stored] = [next, count];
    const read = tf.tidy(() => {
      const memory = memoryMatrix(options.rule, next, options.params);
      return recall(memory, pairs, count).map((x) => x.dataSync());
    });
    const [errors = [], hits = []] = read;
    return { pairs: count, errors: Float32Array.from(errors), hits: Float32Array.from(hits) };
  });
  tf.dispose([pairs.keys, pairs.values, ...(state ? Object.values(state) : [])]);
  return recalls;
}

/** The mean of each draw over the pairs in `[from, to)`. */
export function drawMeans(values: Float32Array, pairs: number, from = 0, to = pairs): number[] {
  return Array.from({ length: values.length / pairs }, (_, draw) => {
    const row = values.subarray(draw * pairs + from, draw * pairs + to);
    return row.reduce((sum, x) => sum + x, 0) / row.length;
  });
}
