import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, whole } from './settings.js';

function byPairs(pairs: number, samples: number): PresetPart {
  return { name: `${pairs} pairs`, settings: { pairs }, samples };
}

/** Unit vectors in random directions, one a row. */
function drawDirections(rng: Rng, count: number, dims: number): Float32Array {
  const vectors = Float32Array.from(rng.normals(count * dims));
  for (let row = 0; row < count; row++) {
    const vector = vectors.subarray(row * dims, (row + 1) * dims);
    const norm = Math.hypot(...vector);
    vector.forEach((x, i) => (vector[i] = x / norm));
  }
  return vectors;
}

function openStacked(settings: Params, world: Rng): TaskDraw {
  const { keys, values, dims, pairs } = numbersOf(settings, 'keys', 'values', 'dims', 'pairs');
  const [keyVectors, valueVectors] = (['keys', 'values'] as const).map((name) =>
    drawDirections(world.derive(name), name === 'keys' ? keys : values, dims),
  ) as [Float32Array, Float32Array]; // one of each
  const width = 2 * dims;
  const length = 2 * pairs;

  function draw(rng: Rng): TaskSample {
    const told = drawDistinct(rng, 0, keys, pairs);
    const answers = Int32Array.from({ length: pairs }, () => rng.below(values));
    const order = drawDistinct(rng, 0, pairs, pairs);
    const inputs = new Float32Array(length * width);
    const put = (t: number, offset: number, vectors: Float32Array, row: number): void => {
      inputs.set(vectors.subarray(row * dims, (row + 1) * dims), t * width + offset);
    };
    for (let i = 0; i < pairs; i++) {
      put(i, 0, keyVectors, at(told, i));
      put(i, dims, valueVectors, at(answers, i));
      put(pairs + i, 0, keyVectors, at(told, at(order, i)));
    }
    return {
      inputs,
      positions: wholeRange(pairs, length),
      targets: order.map((pair) => at(answers, pair)),
      slices: { pairs: order.map(() => pairs), distance: order.map((pair, i) => pairs + i - pair) },
    };
  }

  /** The value whose vector stands beside the same key. */
  function solve({ inputs, positions }: Question): Int32Array[] {
    const part = (t: number, offset: number): string =>
      inputs.subarray(t * width + offset, t * width + offset + dims).join();
    const valueRows = new Map(
      Array.from({ length: values }, (_, row) => [
        valueVectors.subarray(row * dims, (row + 1) * dims).join(),
        row,
      ]),
    );
    return Array.from(positions, (position) => {
      const key = part(position, 0);
      let t = 0;
      while (part(t, 0) !== key) t++;
      return Int32Array.of(valueRows.get(part(t, dims)) ?? -1);
    });
  }

  return {
    shape: {
      sequenceLength: length,
      scored: pairs,
      inputs: { kind: 'real', width },
      outputs: { kind: 'classes', classes: values, candidates: wholeRange(0, values) },
    },
    metrics: [accuracy],
    draw,
    solve,
  };
}

/** Recall where a key and its value are one token, so that one layer without a convolution can solve it. */
export const stackedMqar: Task = {
  name: 'stacked-mqar',
  suites: ['recall'],
  title: 'Recall of stacked pairs',
  asks: 'Vectors of a key beside its value, then each key alone: which value was it?',
  source:
    'As defined here, after MQAR (Arora et al. 2024, arXiv:2312.04927) with continuous inputs: keys and values are ' +
    'unit vectors in random directions, the same in all rows of a seed',
  settings: {
    keys: whole('keys')(256, [1, 100_000], 'keys there are'),
    values: whole('values')(64, [2, 100_000], 'values there are, the classes'),
    dims: whole('dimensions')(64, [1, 4096], 'of a key and of a value; a token has twice as many'),
    pairs: whole('pairs')(16, [1, 4096], 'keys with a value; T is 2 x pairs'),
  },
  slices: {
    pairs: { doc: 'pairs in the context', by: 'value' },
    distance: { doc: 'tokens from the pair to its query', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'four pairs of 32 dimensions',
      settings: { keys: 64, values: 16, dims: 32, pairs: 4 },
      train: [byPairs(4, 20_000)],
      validation: [byPairs(4, 200)],
      test: [byPairs(4, 500), byPairs(8, 500)],
      recipe: { layers: 1, heads: 1, mlp: false, convolution: 0 },
    },
    small: {
      doc: 'sixteen pairs, tested up to four times as many',
      settings: { keys: 256, values: 64, dims: 64, pairs: 16 },
      train: [byPairs(16, 100_000)],
      validation: [byPairs(16, 500)],
      test: [byPairs(8, 1000), byPairs(16, 1000), byPairs(32, 1000), byPairs(64, 500)],
      recipe: { layers: 1, heads: 1, mlp: false, convolution: 0 },
    },
  },
  check: ({ keys, pairs }) =>
    Number(pairs) <= Number(keys) ? [] : [`pairs of at most keys ${keys}, got ${pairs}; take fewer`],
  open: openStacked,
};
