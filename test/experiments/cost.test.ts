import { expect, it } from 'vitest';
import { subjectOf } from '../../experiments/subject.js';
import { tf } from '../../src/core/tf.js';

it('counting the cost of a variant leaves no tensor behind', async () => {
  const subject = await subjectOf({ task: 'mqar' });
  const config = await subject.resolve(['model.rule=delta', 'model.gate=scalar']);
  await subject.cost(config);
  const before = tf.memory().numTensors;
  await subject.cost(config);
  expect(tf.memory().numTensors).toBe(before);
});
