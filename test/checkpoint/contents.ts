import { float32 } from '../../src/checkpoint/format.js';
import type { CheckpointContents } from '../../src/checkpoint/store.js';

/** A small checkpoint whose every value tells its step. */
export function contentsAt(step: number, size = 6): CheckpointContents {
  return {
    step,
    config: { seed: 1, train: { steps: 10 } },
    model: { width: 8 },
    tokenizer: { name: 'bytes', version: 1 },
    cursor: { epoch: 0, position: step },
    rng: { batches: [1, 2, 3, 4294967295] },
    progress: { tokens: step * 128, best: null },
    versions: { pavlov: '0.1.0', node: process.version },
    weights: new Map([
      ['embedding', float32([2, size / 2], new Float32Array(size).fill(step))],
      ['10', float32([], Float32Array.of(step + 0.5))],
    ]),
    optimizer: new Map([['embedding.m', float32([size], new Float32Array(size).fill(-step))]]),
  };
}
