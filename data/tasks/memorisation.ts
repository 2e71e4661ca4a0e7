import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, recipe, tokens } from './settings.js';

function part(samples: number): PresetPart {
  return { name: 'keys of one map', samples };
}

function openMemorisation(settings: Params, world: Rng): TaskDraw {
  const { vocabulary, length } = numbersOf(settings, 'vocabulary', 'length');
  const ask = vocabulary - 1;
  const keys = Math.floor(ask / 2);
  const valueOf = drawDistinct(world.derive('map'), keys, ask, keys);
  const positions = wholeRange(0, length / 2).map((pair) => 2 * pair + 1);

  function draw(rng: Rng): TaskSample {
    const inputs = new Int32Array(length).fill(ask);
    for (const position of positions) inputs[position - 1] = rng.below(keys);
    const asked = positions.map((position) => at(inputs, position - 1));
    return {
      inputs,
      positions,
      targets: asked.map((key) => at(valueOf, key)),
      slices: { pair: wholeRange(1, length / 2 + 1) },
    };
  }

  return {
    shape: {
      sequenceLength: length,
      scored: length / 2,
      inputs: { kind: 'tokens', vocabulary },
      outputs: { kind: 'classes', classes: vocabulary, candidates: wholeRange(keys, ask) },
    },
    metrics: [accuracy],
    draw,
    solve: ({ inputs, positions: asked }: Question) =>
      Array.from(asked, (position) => Int32Array.of(at(valueOf, at(inputs, position - 1)))),
  };
}

/** Values of keys that are the same in all rows, so that only weights can hold them, as MAD makes it. */
export const memorisation: Task = {
  name: 'memorisation',
  suites: ['mad'],
  title: 'Memorisation',
  asks: 'Keys, each followed by a sign: what is the value of the key in the one map of all rows?',
  source:
    'Poli et al. 2024, arXiv:2403.17844; athms/mad-lab instances.py, commit 6e7e4c9; deviation: the map is of the ' +
    'seed, and rows of the test are never rows of the training',
  settings: {
    vocabulary: tokens(256, [5, 100_000], 'keys, values and the sign', 'MAD'),
    length: tokens(32, [2, 65_536], 'T, even: a key and a sign each', 'MAD'),
  },
  slices: { pair: { doc: 'which key of the row, from 1', by: 'octave' } },
  presets: {
    smoke: {
      doc: '31 keys',
      settings: { vocabulary: 64, length: 32 },
      train: [part(10_000)],
      validation: [part(200)],
      test: [part(500)],
    },
    small: {
      doc: '511 keys, each shown about 300 times',
      settings: { vocabulary: 1024, length: 32 },
      train: [part(10_000)],
      validation: [part(500)],
      test: [part(1000)],
    },
    paper: {
      doc: "MAD's baseline: 127 keys in 256 rows, again and again; it varies the vocabulary up to 8192",
      settings: { vocabulary: 256, length: 32 },
      train: [part(256)],
      validation: [part(1280)],
      test: [part(1280)],
      recipe: recipe(
        { layers: 4, width: 128 },
        { batch: 128, epochs: 200, learningRates: [1e-4, 5e-4, 1e-3] },
        'mixer, SwiGLU, mixer, SwiGLU; AdamW, cosine to 1e-6; weight decay 0 and 0.1; best run',
      ),
      source: 'athms/mad-lab, commit 0f49a45',
    },
  },
  check: ({ length }) =>
    Number(length) % 2 === 0 ? [] : [`an even length, got ${length}; each key is followed by a sign`],
  open: openMemorisation,
};
