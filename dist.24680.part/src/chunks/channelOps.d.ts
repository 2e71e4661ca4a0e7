import { tf, type Tensor } from '../core/tf.js';
import { type ChannelDecay } from './channelTree.js';
/**
 * Scores of tokens with those before them, each channel decayed.
 *
 *   s_ij = sum_x a_ix b_jx L_ijx        j <= i, else 0
 *
 * Shapes: a, b `[..,C,X]` -> `[..,C,C]`. Differentiable in a, b and the decay.
 */
export declare const decayedScores: ((a: Tensor, b: Tensor, { kind, ...decay }: ChannelDecay) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/**
 * A causal mixture of tokens, each channel decayed.
 *
 *   y_ix = sum_{j <= i} m_ij L_ijx w_jx
 *
 * Shapes: m `[..,C,C]`, of which the part above the diagonal is not read · w `[..,C,X]` -> `[..,C,X]`.
 * Differentiable in m, w and the decay.
 */
export declare const decayedMix: ((m: Tensor, w: Tensor, { kind, ...decay }: ChannelDecay) => tf.Tensor<tf.Rank>) & {
    readonly kernel: string;
};
/** A chunk's begin, end `[..,C,X]` and total `[..,1,X]`, as in `ChannelTree`; differentiable in the decay. */
export declare const wholeChunk: (({ kind, ...decay }: ChannelDecay) => [tf.Tensor<tf.Rank>, tf.Tensor<tf.Rank>, tf.Tensor<tf.Rank>]) & {
    readonly kernel: string;
};
