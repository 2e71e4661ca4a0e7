import { matrixSpec, tf, weightOf, type Mixer } from 'pavlov-lm';

type Tensor = tf.Tensor;

/** x `[B,T,D]` times W `[D,E]`, as one product of matrices. */
function product(x: Tensor, W: Tensor): Tensor {
  const [B = 0, T = 0, D = 0] = x.shape;
  return tf.reshape(tf.matMul(tf.reshape(x, [B * T, D]), W), [B, T, W.shape[1] ?? 0]);
}

/** Each row moved on by a token, `first` `[B,1,E]` before it. */
function shifted(x: Tensor, first: Tensor): Tensor {
  const [B = 0, T = 0, E = 0] = x.shape;
  return T === 1 ? first : tf.concat([first, tf.slice(x, [0, 0, 0], [B, T - 1, E])], 1);
}

/**
 * The token before, projected:
 *
 *   y_t = (x_{t-1} W_in) W_out        0 at the start of a document
 */
const previousToken: Mixer = {
  name: 'previous-token',
  title: 'every token sees the one before it, and nothing else',
  source: 'As defined here: the first half of an induction head (Olsson et al. 2022, arXiv:2209.11895).',
  options: {},
  inBlock: true,
  takesRule: false,
  keepsTokens: false,
  issues: () => [],
  plan({ heads, valueSize, outputScale }) {
    const E = heads * valueSize;
    return {
      specs: (D) => [matrixSpec('in', D, E), matrixSpec('out', E, D, outputScale)],
      inputs: ['in'],
      forward(weights, x, documents) {
        const values = product(x, weightOf(weights, 'in'));
        const [B = 0, T = 0] = x.shape;
        const before = shifted(values, tf.zeros([B, 1, E]));
        if (!documents) return product(before, weightOf(weights, 'out'));
        const ids = tf.cast(tf.reshape(documents, [B, T, 1]), 'float32');
        const goesOn = tf.equal(ids, shifted(ids, tf.fill([B, 1, 1], -1)));
        return product(tf.mul(before, tf.cast(goesOn, 'float32')), weightOf(weights, 'out'));
      },
      initState: (batchSize) => ({ last: tf.zeros([batchSize, 1, E]) }),
      next(weights, x, { last }) {
        if (!last) throw new Error("expected the state 'last'");
        const values = product(x, weightOf(weights, 'in'));
        const [B = 0, T = 0] = x.shape;
        const output = product(shifted(values, last), weightOf(weights, 'out'));
        return { output, state: { last: tf.slice(values, [0, T - 1, 0], [B, 1, E]) } };
      },
      operations: () => 0,
    };
  },
};

export default previousToken;
