import { describe, expect, it } from 'vitest';
import type { TaskBatch } from '../../../data/index.js';
import { TrainingBatches } from '../../../train/tasks/trainingBatches.js';
import { microConfig } from './microTask.js';

const parts = [
  { name: 'short', settings: { length: 16 }, samples: 6 },
  { name: 'long', settings: { length: 24 }, samples: 2 },
];

const configOf = async (train: object) =>
  microConfig('mqar', {
    task: { settings: { vocabulary: 64, pairs: 2 }, train: parts },
    train: train,
  });

const rowsOf = ({ inputs, sequenceLength, batchSize }: TaskBatch): string[] =>
  Array.from({ length: batchSize }, (_, row) =>
    inputs.slice(row * sequenceLength, (row + 1) * sequenceLength).join(),
  );

describe('training batches', () => {
  it('give each part its share of the steps', async () => {
    const batches = new TrainingBatches(await configOf({ batchSize: 2 }));
    const lengths = Array.from({ length: 12 }, () => batches.next().sequenceLength);
    expect(lengths.filter((length) => length === 24)).toHaveLength(3);
    for (const from of [0, 4, 8])
      expect(lengths.slice(from, from + 4).filter((l) => l === 24)).toHaveLength(1);
  });

  it('never repeat a fresh sample, also where two parts have the same settings', async () => {
    const twins = [parts[0]!, { ...parts[0]!, name: 'twin' }];
    const config = await configOf({ batchSize: 4 });
    const batches = new TrainingBatches({ ...config, task: { ...config.task, train: twins } });
    const rows = Array.from({ length: 40 }, () => rowsOf(batches.next())).flat();
    expect(new Set(rows).size).toBe(160);
  });

  it('go through a finite set once an epoch, each time in another order', async () => {
    const config = await configOf({ batchSize: 2, samples: null, epochs: 3 });
    const batches = new TrainingBatches(config);
    const short = Array.from({ length: 12 }, () => batches.next())
      .filter(({ sequenceLength }) => sequenceLength === 16)
      .flatMap(rowsOf);
    const epochs = [0, 6, 12].map((from) => short.slice(from, from + 6));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([...epochs[0]!].sort());
    expect(new Set(epochs[0]).size).toBe(6);
    expect(new Set(epochs.map((epoch) => epoch.join('|'))).size).toBe(3);
  });

  it.each([{ batchSize: 3 }, { batchSize: 3, samples: null, epochs: 9 }])(
    'go on from any step: %j',
    async (train) => {
      const config = await configOf(train);
      const all = new TrainingBatches(config);
      const wanted = Array.from({ length: 9 }, () => rowsOf(all.next()));
      for (const step of [0, 1, 4, 8]) {
        const later = new TrainingBatches(config);
        later.skipTo(step);
        expect(rowsOf(later.next())).toEqual(wanted[step]);
      }
    },
  );
});
