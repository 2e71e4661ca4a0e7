import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawBetween, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, oneOf, recipe, whole } from './settings.js';

/** Token 0 is padding; bits and answers are tokens 1 and 2. */
const FIRST_BIT = 1;

function byLength(minLength: number, maxLength: number, samples: number): PresetPart {
  return { name: `length ${minLength} to ${maxLength}`, settings: { minLength, maxLength }, samples };
}

/** The parity of the bits up to each position. */
function parities(inputs: ArrayLike<number>, positions: Int32Array): Int32Array {
  let [odd, t] = [0, 0];
  return positions.map((position) => {
    for (; t <= position; t++) odd ^= at(inputs, t) - FIRST_BIT;
    return FIRST_BIT + odd;
  });
}

function openParity(settings: Params): TaskDraw {
  const { minLength, maxLength } = numbersOf(settings, 'minLength', 'maxLength');
  const atEnd = settings.answers === 'last';

  function draw(rng: Rng): TaskSample {
    const bits = drawBetween(rng, minLength, maxLength);
    const inputs = new Int32Array(maxLength);
    for (let t = 0; t < bits; t++) inputs[t] = FIRST_BIT + rng.below(2);
    const positions = atEnd ? Int32Array.of(bits - 1) : wholeRange(0, bits);
    return {
      inputs,
      positions,
      targets: parities(inputs, positions),
      slices: { bits: positions.map((t) => t + 1) },
    };
  }

  return {
    shape: {
      sequenceLength: maxLength,
      scored: atEnd ? 1 : maxLength,
      inputs: { kind: 'tokens', vocabulary: FIRST_BIT + 2 },
      outputs: { kind: 'classes', classes: FIRST_BIT + 2, candidates: wholeRange(FIRST_BIT, FIRST_BIT + 2) },
    },
    metrics: [accuracy],
    draw,
    solve: ({ inputs, positions }: Question) =>
      Array.from(positions, (position) => {
        const ones = inputs.subarray(0, position + 1).filter((token) => token === FIRST_BIT + 1).length;
        return Int32Array.of(FIRST_BIT + (ones % 2));
      }),
  };
}

/**
 * One reflection a bit suffices. With a short convolution keys depend on the bits before and the reflections are
 * about many axes: a rule that can do it takes twenty times the samples and does not carry over to longer rows.
 */
const REFLECTING = { convolution: 0, learningRates: [1e-2], weightDecay: 0 };

/** Is the number of ones even or odd? The simplest state to track. */
export const parity: Task = {
  name: 'parity',
  suites: ['state-tracking'],
  title: 'Parity',
  asks: 'Random bits: is the number of ones even or odd?',
  source: 'Grazzi et al. 2025, arXiv:2411.12537; automl/unlocking_state_tracking',
  settings: {
    minLength: whole('bits')(3, [1, 65_536], 'fewest bits', 'Grazzi et al.'),
    maxLength: whole('bits')(40, [1, 65_536], 'most bits, and T', 'Grazzi et al.'),
    answers: oneOf(
      ['last', 'every'],
      '`last`: asked after the last bit; `every`: after each bit, which teaches far faster',
    ),
  },
  slices: { bits: { doc: 'bits read before the answer', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'up to 16 bits, asked after each, tested to 64',
      settings: { minLength: 3, maxLength: 16, answers: 'every' },
      train: [byLength(3, 16, 50_000)],
      validation: [byLength(3, 16, 200)],
      test: [byLength(3, 16, 500), byLength(16, 64, 500)],
      recipe: REFLECTING,
    },
    small: {
      doc: 'the published lengths, asked after each bit',
      settings: { minLength: 3, maxLength: 40, answers: 'every' },
      train: [byLength(3, 40, 320_000)],
      validation: [byLength(40, 256, 256)],
      test: [byLength(3, 40, 1000), byLength(40, 256, 1000)],
      recipe: REFLECTING,
    },
    paper: {
      doc: 'trained on 3 to 40 bits, chosen and tested on 40 to 256',
      settings: { minLength: 3, maxLength: 40, answers: 'last' },
      train: [byLength(3, 40, 5_120_000)],
      validation: [byLength(40, 256, 1024)],
      test: [byLength(40, 256, 8192)],
      recipe: recipe(
        { layers: 2, width: 128, heads: 4 },
        { batch: 256, steps: 20_000, learningRates: [1e-3], weightDecay: 0, warmup: 0.1 },
        'DeltaNet with short convolution 4; AdamW, warm-up 2000; scaled accuracy (a - 1/2) / (1/2)',
      ),
      source: 'automl/unlocking_state_tracking xlstm/experiments',
    },
  },
  check: ({ minLength, maxLength }) =>
    Number(minLength) <= Number(maxLength)
      ? []
      : [`minLength of at most maxLength ${maxLength}, got ${minLength}; lower it`],
  open: openParity,
};
