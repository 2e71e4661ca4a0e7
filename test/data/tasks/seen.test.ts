import { expect, it } from 'vitest';
import { openTask, tasks } from '../../../data/tasks/index.js';

it('a guess among the values shown so far is right one time in as many', () => {
  const source = openTask(tasks.mqar!, { vocabulary: 64, length: 32, pairs: 4, filler: 'zero' }, 1);
  const sample = source.sample('test', 0);
  const predictions = source.baselines!['shown so far']!(sample);
  expect(predictions).toHaveLength(4);
  for (const [s, prediction] of predictions.entries()) {
    const likely = Array.from(prediction.keys()).filter((c) => prediction[c] === 0);
    expect(likely).toEqual([1, 3, 5, 7].map((t) => sample.inputs[t]!).sort((a, b) => a - b));
    expect(likely).toContain(sample.targets[s]);
  }
});

it('a guess where nothing was shown is among all candidates', () => {
  const source = openTask(tasks['selective-copy']!, { length: 16, items: 2 }, 1);
  const [prediction] = source.baselines!['shown so far']!({
    inputs: new Int32Array(16).fill(14),
    positions: Int32Array.of(3),
  });
  expect(Array.from(prediction!).filter((p) => p === 0)).toHaveLength(14);
});
