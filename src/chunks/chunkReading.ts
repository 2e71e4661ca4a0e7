import { tf, type Tensor } from '../core/tf.js';
import { scaled } from './blocks.js';

/**
 * Which side of the memory a query meets: the addresses, and what is read is content (`content`, the delta rule),
 * or the content, and what is read is addresses (`address`, Oja's, whose memory is the transpose).
 */
export type Reads = 'content' | 'address';

/** A chunk to read: q `[..,C,Q]`, the addresses w `[..,C,X]` that errors R `[..,C,Y]` were written to, the rest as in `correctionChunks`. */
export interface Written {
  readonly q: Tensor;
  readonly w: Tensor;
  readonly R: Tensor;
  readonly starts: Tensor;
  readonly L: Tensor;
  readonly begin: Tensor | undefined;
}

/** Gradients of what is read; of the starts `[..,Y,X]`. */
export interface ReadingGradients {
  readonly q: Tensor;
  readonly w: Tensor;
  readonly R: Tensor;
  readonly starts: Tensor;
}

/** How a chunk is read, and the gradient, which gets the scores again. */
export interface Reading {
  read(written: Written): { readonly outputs: Tensor; readonly scores: Tensor };
  gradient(dO: Tensor, written: Written, scores: Tensor): ReadingGradients;
}

/** `O = from Q S^T + (Q W^T (.) L) R` */
const content: Reading = {
  read({ q, w, R, starts, L, begin }) {
    const scores = tf.mul(tf.matMul(q, w, false, true), L);
    const recalled = tf.matMul(scaled(q, begin), starts, false, true);
    return { outputs: tf.add(recalled, tf.matMul(scores, R)), scores };
  },
  gradient(dO, { q, w, R, starts, L, begin }, scores) {
    const read = scaled(dO, begin);
    const E = tf.mul(tf.matMul(dO, R, false, true), L);
    return {
      q: tf.add(tf.matMul(read, starts), tf.matMul(E, w)),
      w: tf.matMul(E, q, true, false),
      R: tf.matMul(scores, dO, true, false),
      starts: tf.matMul(read, q, true, false),
    };
  },
};

/** `O = from Q S + (Q R^T (.) L) W` */
const address: Reading = {
  read({ q, w, R, starts, L, begin }) {
    const scores = tf.mul(tf.matMul(q, R, false, true), L);
    return { outputs: tf.add(tf.matMul(scaled(q, begin), starts), tf.matMul(scores, w)), scores };
  },
  gradient(dO, { q, w, R, starts, L, begin }, scores) {
    const read = scaled(dO, begin);
    const E = tf.mul(tf.matMul(dO, w, false, true), L);
    return {
      q: tf.add(tf.matMul(read, starts, false, true), tf.matMul(E, R)),
      w: tf.matMul(scores, dO, true, false),
      R: tf.matMul(E, q, true, false),
      starts: tf.matMul(q, read, true, false),
    };
  },
};

/** Both ways by name. */
export const readings: Readonly<Record<Reads, Reading>> = { content, address };
