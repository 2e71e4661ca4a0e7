import { tf, type Tensor } from '../../src/core/tf.js';
import type { MemoryInputs } from '../../src/model/traces.js';
import { runSequence } from '../../src/rules/run/runRule.js';

/** What read-outs owe to each US, as `associations` gives it. */
interface Associations {
  /** `[T(s),H,T(t),V]` */
  readonly effects: Tensor;
  /** The read-outs themselves, `[H,T,V]`. */
  readonly outputs: Tensor;
}

/** The same rows `count` times along the batch. */
function repeated(x: Tensor, count: number): Tensor {
  return tf.tile(x, [count, ...x.shape.slice(1).map(() => 1)]);
}

/** `[T+1,1,T,1]` of ones; row s < T has a zero at s. */
function maskOf(T: number): Tensor {
  const values = Float32Array.from({ length: (T + 1) * T }, (_, n) => (Math.floor(n / T) === n % T ? 0 : 1));
  return tf.tensor4d(values, [T + 1, 1, T, 1]);
}

/**
 * How much of every read-out is due to what was told at every token.
 *
 *   effect_(s,t) = o_t - o_t without the US of s (v_s = 0),   s <= t; 0 for later s
 *
 * Where the memory is linear in the values this is exactly the share of write s in the read-out: the effects
 * of all s add up to o_t, and for S_t = sum_s a_s v_s k_s^T it is a_s (k_s . q_t) v_s, a_s what is left of its
 * write strength. For other rules it is the difference that leaving the US out makes, and the effects need not add up.
 *
 * Shapes: inputs of one row, B = 1, T tokens -> effects [T,H,T,V], outputs [H,T,V].
 * State: pure; traceable; disposes nothing.
 */
export function associations({ memory, input }: MemoryInputs): Associations {
  const [, H = 0, T = 0] = input.q.shape;
  const rows = T + 1;
  const signals = Object.entries(input.signals).map(([name, x]) => [name, repeated(x, rows)] as const);
  const without = {
    q: repeated(input.q, rows),
    k: repeated(input.k, rows),
    v: tf.mul(repeated(input.v, rows), maskOf(T)),
    signals: Object.fromEntries(signals),
    ...(input.logDecay && { logDecay: repeated(input.logDecay, rows) }),
  };
  const { rule, ruleParams, chunkSize } = memory;
  const { outputs } = runSequence(rule, undefined, without, ruleParams, { chunkSize });
  const V = outputs.shape[3] ?? 0;
  const whole = tf.slice(outputs, [T, 0, 0, 0], [1, H, T, V]);
  const others = tf.slice(outputs, [0, 0, 0, 0], [T, H, T, V]);
  return {
    effects: tf.sub(repeated(whole, T), others),
    outputs: tf.reshape(whole, [H, T, V]),
  };
}
