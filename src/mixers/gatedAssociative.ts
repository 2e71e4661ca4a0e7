import { count } from '../core/schema.js';
import { tf, type Tensor } from '../core/tf.js';
import { matrixSpec, tapsSpec, type Weights, weightOf } from '../core/weights.js';
import { channelProjection } from '../ops/channelProjection.js';
import { linear } from '../ops/linear.js';
import { shortConvolution } from '../ops/shortConvolution.js';
import type { Mixer, MixerPlan, SettingsOf } from './contract.js';
import { carried, vectorOptions } from './vectors.js';

const options = {
  convolution: vectorOptions.convolution,
  patterns: count.default(64).describe('patterns in the bank of gated associative memory'),
};

function plan({
  heads,
  valueSize,
  convolution,
  patterns,
  outputScale,
}: SettingsOf<typeof options>): MixerPlan {
  const E = heads * valueSize;
  /** Channels `[B,E,T]`, themselves and convolved, to the output `[B,T,D]`. */
  const mixed = (weights: Weights, x: Tensor, own: Tensor, near: Tensor): Tensor => {
    const [B = 0, T = 0] = x.shape;
    const byToken = (channels: Tensor): Tensor => tf.transpose(channels, [0, 2, 1]);
    const bank = weightOf(weights, 'bank'); // [E,N]
    const alike = tf.softmax(linear(byToken(own), bank)); // [B,T,N]
    const recalled = linear(alike, tf.transpose(bank));
    const gates = tf.sigmoid(linear(x, weightOf(weights, 'gates')));
    const gate = (first: number): Tensor => tf.slice(gates, [0, 0, first], [B, T, E]);
    const sum = tf.add(tf.mul(gate(0), byToken(near)), tf.mul(gate(E), recalled));
    return linear(sum, weightOf(weights, 'output'));
  };
  return {
    specs: (D) => [
      matrixSpec('input', D, E),
      ...(convolution > 0 ? [tapsSpec('convolution', E, convolution)] : []),
      matrixSpec('bank', E, patterns),
      matrixSpec('gates', D, 2 * E),
      matrixSpec('output', E, D, outputScale),
    ],
    inputs: ['input', 'gates'],
    forward: (weights, x, documents) => {
      const own = channelProjection(x, weightOf(weights, 'input'));
      const { convolution: taps } = weights;
      return mixed(weights, x, own, taps ? shortConvolution(own, taps, documents) : own);
    },
    initState: (batchSize) =>
      convolution > 1 ? { convolution: tf.zeros([batchSize, convolution - 1, E]) } : {},
    next: (weights, x, state) => {
      const own = channelProjection(x, weightOf(weights, 'input'));
      const { mixed: near, history } = carried(own, weights.convolution, state.convolution);
      return { output: mixed(weights, x, own, near), state: { ...(history && { convolution: history }) } };
    },
    // The bank is multiplied with twice.
    operations: () => 2 * E * patterns,
  };
}

/**
 * A gated sum of what is near and of what is known: a short convolution, and the patterns of a trained bank that a token
 * is most like.
 *
 *   u = x W_in,   y = (g (.) conv(u) + g' (.) softmax(u M) M^T) W_out,   g, g' = sigmoid(x W_g)
 *
 * Nothing of a text is remembered beyond the taps of the convolution: the bank is the same for all texts. Its state
 * has constant size.
 */
export const gatedAssociative = {
  name: 'gated-associative',
  title: 'gated associative memory: a short convolution and a trained bank of patterns',
  source:
    'Acharya 2025, arXiv:2509.00605 (gated associative memory); with a projection to the channels before it and one after it',
  options,
  inBlock: true,
  takesRule: false,
  keepsTokens: false,
  issues: () => [],
  plan,
} satisfies Mixer<typeof options>;
