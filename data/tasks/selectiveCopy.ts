import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { numbersOf, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function byItems(items: number, samples: number): PresetPart {
  return { name: `${items} to copy`, settings: { items }, samples };
}

/** Blanks fall before the items, each before one that is drawn evenly; so the last item is never followed by one. */
function drawGaps(rng: Rng, items: number, blanks: number): Int32Array {
  const gaps = new Int32Array(items);
  for (let left = blanks; left > 0; left--) {
    const before = rng.below(items);
    gaps[before] = at(gaps, before) + 1;
  }
  return gaps;
}

function openSelectiveCopy(settings: Params): TaskDraw {
  const { vocabulary, length, items } = numbersOf(settings, 'vocabulary', 'length', 'items');
  const normal = vocabulary - 2;
  const [blank, copy] = [normal, normal + 1];
  const copyAt = length - items - 1;

  function draw(rng: Rng): TaskSample {
    const targets = Int32Array.from({ length: items }, () => rng.below(normal));
    const inputs = new Int32Array(length).fill(blank);
    const shown = new Int32Array(items);
    let t = -1;
    for (const [i, gap] of drawGaps(rng, items, length - 2 * items - 1).entries()) {
      t += gap + 1;
      shown[i] = t;
      inputs[t] = at(targets, i);
    }
    inputs[copyAt] = copy;
    const positions = wholeRange(copyAt + 1, length);
    return {
      inputs,
      positions,
      targets,
      slices: { item: wholeRange(0, items), distance: positions.map((p, i) => p - at(shown, i)) },
    };
  }

  function solve({ inputs, positions }: Question): Int32Array[] {
    const told = Array.from(inputs.subarray(0, copyAt)).filter((token) => token < normal);
    return Array.from(positions, (t) => Int32Array.of(at(told, t - copyAt - 1)));
  }

  const answers = wholeRange(0, normal);
  return tokenRecall({ length, scored: items, vocabulary, answers, draw, solve });
}

/** Copying the tokens of a row in order, without the blanks between them. */
export const selectiveCopy: Task = {
  name: 'selective-copy',
  suites: ['mad'],
  title: 'Selective copying',
  asks: 'Tokens with blanks strewn in, then a copy sign and blanks: repeat the tokens in order.',
  source: 'Poli et al. 2024, arXiv:2403.17844; athms/mad-lab instances.py, commit 6e7e4c9',
  settings: {
    vocabulary: tokens(16, [4, 100_000], 'with the blank and the copy sign', 'MAD'),
    length: tokens(256, [4, 65_536], 'T; more than 2 x items + 1', 'MAD'),
    items: tokens(16, [1, 4096], 'tokens to copy', 'MAD'),
  },
  slices: {
    item: { doc: 'which of the tokens, from 0', by: 'octave' },
    distance: { doc: 'tokens from where it stood to where it is asked', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'four tokens to copy',
      settings: { vocabulary: 16, length: 32, items: 4 },
      train: [byItems(4, 20_000)],
      validation: [byItems(4, 200)],
      test: [byItems(4, 500), byItems(8, 500)],
    },
    small: {
      doc: 'eight tokens in a quarter of the published length',
      settings: { vocabulary: 16, length: 64, items: 8 },
      train: [byItems(8, 50_000)],
      validation: [byItems(8, 500)],
      test: [byItems(4, 1000), byItems(8, 1000), byItems(16, 1000)],
    },
    paper: {
      doc: "MAD's baseline; it varies the vocabulary, the length, the number of samples and the items from there",
      settings: { vocabulary: 16, length: 256, items: 16 },
      train: [byItems(16, 12_800)],
      validation: [byItems(16, 1280)],
      test: [byItems(16, 1280), byItems(32, 1280), byItems(64, 1280), byItems(96, 1280)],
      recipe: recipe(
        { layers: 4, width: 128 },
        { batch: 128, epochs: 200, learningRates: [1e-4, 5e-4, 1e-3] },
        'mixer, SwiGLU, mixer, SwiGLU; AdamW, cosine to 1e-6; weight decay 0 and 0.1; best run; the source ' +
          'trains a model for each number of items',
      ),
      source: 'athms/mad-lab, commit 0f49a45',
    },
  },
  check: ({ length, items }) =>
    Number(length) > 2 * Number(items) + 1
      ? []
      : [
          `length of more than 2 x items + 1 = ${2 * Number(items) + 1}, got ${length}; lengthen it or copy fewer`,
        ],
  open: openSelectiveCopy,
};
