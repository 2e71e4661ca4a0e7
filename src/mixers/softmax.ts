import { tf, type Tensor } from '../core/tf.js';
import { type Attention, type AttentionSettings, planAttention, type Seen } from './attention.js';
import type { Mixer } from './contract.js';
import { sharingIssues, vectorOptions } from './vectors.js';

/**
 * softmax(q kᵀ / sqrt(K) + bias) v over the tokens of all pieces, which are not put together: a cache is long. Heads that
 * share keys and values stand in a row, so that their queries are more rows of one product.
 */
function attend(q: Tensor, pieces: readonly [Seen, ...Seen[]]): Tensor {
  const [B = 0, H = 0, T = 0, K = 0] = q.shape;
  const M = pieces[0].k.shape[1] ?? 0;
  const shared = (x: Tensor): Tensor => (M === H ? x : tf.reshape(x, [B, M, (H / M) * T, x.shape[3] ?? 0]));
  const apart = (x: Tensor): Tensor => (M === H ? x : tf.reshape(x, [B, H, T, x.shape[3] ?? 0]));
  const asked = shared(tf.mul(q, 1 / Math.sqrt(K)));
  const scores = pieces.map(({ k, bias }) => {
    const each = apart(tf.matMul(asked, k, false, true)); // [B,H,T,S]
    return bias ? tf.add(each, bias) : each;
  });
  const shares = tf.softmax(tf.concat(scores, 3));
  const sizes = pieces.map(({ k }) => k.shape[2] ?? 0);
  const parts = pieces.length === 1 ? [shares] : tf.split(shares, sizes, 3);
  return pieces
    .map(({ v }, i) => apart(tf.matMul(shared(parts[i] as Tensor), v))) // as many parts as pieces
    .reduce((sum, part) => tf.add(sum, part));
}

const attention: Attention = {
  specs: () => [],
  attend: (_weights, q, pieces) => attend(q, pieces),
  operations: ({ K, V }, seen) => 2 * (K + V) * seen,
};

/**
 * The baseline: causal softmax attention, with the conditioning heads' short convolution and output gate and no
 * positions (the convolution tells neighbours apart).
 *
 *   y = (softmax(q kᵀ / sqrt(K)) v silu(x W_gate)) W_out,   q, k, v = conv(x W_qkv)
 *
 * Its state is the last tokens themselves, of a fixed length L chosen beforehand. Decoding is equal to the full pass
 * while the cache holds every token so far; afterwards each token sees the last L, itself among them, and of several
 * given at once each sees the last L before them and those of them before it.
 */
export const softmax = {
  name: 'softmax',
  title: 'causal softmax attention, the baseline',
  source:
    'Vaswani et al. 2017, arXiv:1706.03762; without positions, Kazemnejad et al. 2023, arXiv:2305.19466',
  options: vectorOptions,
  inBlock: true,
  takesRule: false,
  keepsTokens: true,
  issues: sharingIssues,
  plan: (settings: AttentionSettings) => planAttention(settings, attention),
} satisfies Mixer<typeof vectorOptions>;
