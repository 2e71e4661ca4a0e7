import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { numbersOf, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function part(samples: number): PresetPart {
  return { name: 'every place', samples };
}

function openCompression(settings: Params): TaskDraw {
  const { vocabulary, length } = numbersOf(settings, 'vocabulary', 'length');
  const [sign, places] = [vocabulary - 1, length - 1];

  function draw(rng: Rng): TaskSample {
    const told = Int32Array.from({ length: places }, () => rng.below(sign));
    const order = drawDistinct(rng, 0, places, places);
    return {
      inputs: Int32Array.from([...told, sign, ...order.map((place) => vocabulary + place)]),
      positions: wholeRange(length, length + places),
      targets: order.map((place) => at(told, place)),
      slices: { place: order.map((place) => place + 1) },
    };
  }

  return tokenRecall({
    length: length + places,
    scored: places,
    vocabulary: vocabulary + places,
    answers: wholeRange(0, sign),
    draw,
    solve: ({ inputs, positions }: Question) =>
      Array.from(positions, (t) => Int32Array.of(at(inputs, at(inputs, t) - vocabulary))),
  });
}

/** Random tokens to be held in a state of fixed size and told again by their place, after MAD. */
export const compression: Task = {
  name: 'compression',
  suites: ['mad'],
  title: 'Compression',
  asks: 'Random tokens and a sign, then the numbers of all places in some order: which token stood there?',
  source:
    'Poli et al. 2024, arXiv:2403.17844; athms/mad-lab instances.py, commit 6e7e4c9; deviation: there an MLP decodes ' +
    'every place from the one vector of the sign, here the model itself is asked after the sign, so that what must ' +
    'hold the row is its state',
  settings: {
    vocabulary: tokens(16, [3, 100_000], 'with the sign, without the numbers of the places', 'MAD'),
    length: tokens(32, [2, 32_768], 'random tokens and the sign', 'MAD'),
  },
  slices: { place: { doc: 'place of the token, from 1', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'seven tokens',
      settings: { vocabulary: 16, length: 8 },
      train: [part(20_000)],
      validation: [part(200)],
      test: [part(500)],
    },
    small: {
      doc: "half of MAD's length, with more samples",
      settings: { vocabulary: 16, length: 16 },
      train: [part(100_000)],
      validation: [part(500)],
      test: [part(1000)],
    },
    paper: {
      doc: "MAD's baseline; it varies the vocabulary, the length and the number of samples from there",
      settings: { vocabulary: 16, length: 32 },
      train: [part(12_800)],
      validation: [part(1280)],
      test: [part(1280)],
      recipe: recipe(
        { layers: 4, width: 128 },
        { batch: 128, epochs: 200, learningRates: [1e-4, 5e-4, 1e-3] },
        'mixer, SwiGLU, mixer, SwiGLU, then an MLP of two layers a place; AdamW, cosine to 1e-6; weight decay 0 and ' +
          '0.1; best run',
      ),
      source: 'athms/mad-lab, commit 0f49a45',
    },
  },
  check: () => [],
  open: openCompression,
};
