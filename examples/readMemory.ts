/*
 * Writes two pairs into a memory, then the first key again with a new value, and reads what the memory recalls, by the
 * delta rule and by plain association: `npx tsx readMemory.ts`.
 */
import { rules, runRule, tf } from 'pavlov-lm';

// Shapes [batch, heads, time, size].
const k = tf.tensor4d([[[[1, 0], [0, 1], [1, 0]]]]); // oxfmt-ignore
const v = tf.tensor4d([[[[1, 2], [3, 4], [5, 6]]]]); // oxfmt-ignore
const signals = { beta: tf.ones([1, 1, 3]) };

for (const name of ['hebbian', 'delta']) {
  const rule = rules[name];
  if (!rule) throw new Error(`expected a rule ${name}`);
  const { state } = runRule(rule, { q: k, k, v, signals });
  // S is [batch, heads, V, K]; what it recalls for a key is S k.
  const S = tf.squeeze<tf.Tensor2D>(state.S, [0, 1]);
  const recalled = tf.matMul(S, tf.tensor2d([[1], [0]]));
  console.log(`${name}: the first key recalls ${JSON.stringify(Array.from(recalled.dataSync()))}`);
}
