/*
 * A conditioning head as a TensorFlow.js layer, trained with `fit` to sum a sequence: `npx tsx conditioningHead.ts`.
 */
import { ConditioningHead, tf } from 'pavlov-lm';

const head = {
  heads: 2,
  keySize: 8,
  valueSize: 8,
  rule: 'delta',
  gate: 'scalar',
  inputShape: [16, 4],
  seed: 1,
};
const model = tf.sequential({
  layers: [
    new ConditioningHead(head),
    tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }) }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError' });

const x = tf.randomNormal([32, 16, 4], 0, 1, 'float32', 1);
const y = tf.cumsum(tf.slice(x, [0, 0, 0], [32, 16, 1]), 1);
const { history } = await model.fit(x, y, { epochs: 8, shuffle: false });
const [first, last] = [history.loss?.at(0), history.loss?.at(-1)].map(Number);
console.log(`mean squared error ${first?.toFixed(2)} at first, ${last?.toFixed(2)} after 8 epochs`);
