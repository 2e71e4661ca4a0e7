import { tf, type Tensor } from '../core/tf.js';
import { constantSpec, weightOf } from '../core/weights.js';
import { ridgeSolve } from '../ops/ridgeSolve.js';
import { repeatedHeads } from '../rules/run/sharedQueries.js';
import { type Attention, type AttentionSettings, inOnePiece, planAttention } from './attention.js';
import type { Mixer } from './contract.js';
import { sharingIssues, vectorOptions } from './vectors.js';

/** Added to the trained ridge, so that a system can always be solved. */
const LEAST_RIDGE = 0.01;

/** `[B,H,T,..]` as `[B,H T,..]`, and back. */
const flat = (x: Tensor): Tensor => tf.reshape(x, [x.shape[0] ?? 0, -1, ...x.shape.slice(3)]);

/**
 * The value at the query of the line that fits values to keys best, keys near the query counting most.
 *
 * Shapes: q [B,H,T,K], k [B,H,S,K], v [B,H,S,V], bias [T,S] or [B,1,T,S], ridge [H] -> [B,H,T,V].
 */
function regress(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, ridge: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, K = 0] = q.shape;
  const S = k.shape[2] ?? 0;
  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(K)), k, false, true);
  const w = tf.softmax(tf.add(scores, bias)); // [B,H,T,S], a row sums to 1
  const mean = tf.matMul(w, k); // of the keys, [B,H,T,K]
  const squares = tf.reshape(tf.mul(tf.expandDims(k, 4), tf.expandDims(k, 3)), [B, H, S, K * K]);
  const product = (a: Tensor, b: Tensor): Tensor => tf.mul(tf.expandDims(a, 4), tf.expandDims(b, 3));
  const moments = tf.reshape(tf.matMul(w, squares), [B, H, T, K, K]);
  const crossed = product(mean, q);
  // sum_j w_j (k_j - q) (k_j - q)^T
  const spread = tf.add(
    tf.sub(tf.sub(moments, crossed), tf.transpose(crossed, [0, 1, 2, 4, 3])),
    product(q, q),
  );
  const offset = tf.sub(mean, q); // sum_j w_j (k_j - q)
  const own = tf.add(tf.zerosLike(q), tf.reshape(ridge, [1, H, 1, 1]));
  const slope = tf.reshape(ridgeSolve(flat(spread), flat(own), flat(offset), 2 * K), [B, H, T, K]);
  const dot = (a: Tensor, b: Tensor): Tensor => tf.sum(tf.mul(a, b), 3, true);
  const along = tf.sub(tf.matMul(slope, k, false, true), dot(slope, q)); // (k_j - q) . slope, [B,H,T,S]
  const shares = tf.div(tf.mul(w, tf.sub(1, along)), tf.sub(1, dot(slope, offset)));
  return tf.matMul(shares, v);
}

const attention: Attention = {
  specs: ({ H }) => [constantSpec('ridge', [H], 0)],
  attend: (weights, q, pieces) => {
    const { k, v, bias } = inOnePiece(q, pieces);
    const G = (q.shape[1] ?? 0) / (k.shape[1] ?? 1);
    const each = (x: Tensor): Tensor => (G === 1 ? x : repeatedHeads(x, G));
    const ridge = tf.add(tf.softplus(weightOf(weights, 'ridge')), LEAST_RIDGE);
    return regress(q, each(k), each(v), bias, ridge);
  },
  // Scores, mean and second moments of the keys, slopes, values; then 2 K steps of conjugate gradients.
  operations: ({ K, V }, seen) => 2 * seen * (3 * K + K * K + V) + 4 * K ** 3,
};

/**
 * Local linear attention: at each query the values are fitted by a line in the keys, weighted by closeness as softmax
 * attention does, and read at the query. Softmax attention fits a constant instead.
 *
 *   min over b, W of  sum_j w_j |v_j - b - W (k_j - q)|^2 + lambda |W|^2      w_j = softmax(q k_j / sqrt(K)),   o = b
 *
 *   o = sum_j w_j (1 - (k_j - q) r) v_j / (1 - m r),   m = sum_j w_j (k_j - q),   r = (C + lambda)^{-1} m,
 *   C = sum_j w_j (k_j - q) (k_j - q)^T
 *
 * lambda is trained, one per head, from 0.70. Its state is that of softmax attention. Time and memory of a row are quadratic in
 * its tokens, times K.
 */
export const localLinear = {
  name: 'local-linear',
  title: 'local linear attention: a weighted linear regression at each query',
  source:
    'Zuo et al. 2025, arXiv:2510.01450 (local linear attention), solved by conjugate gradients as there; Fan and Gijbels 1996',
  options: vectorOptions,
  inBlock: true,
  takesRule: false,
  keepsTokens: true,
  issues: sharingIssues,
  plan: (settings: AttentionSettings) => planAttention(settings, attention),
} satisfies Mixer<typeof vectorOptions>;
