import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawBetween, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, recipe, whole } from './settings.js';

/** Moves are tokens 0 (stay), 1 (forwards) and 2 (back); the padding is 3. Places are classes from 0. */
const [FORWARDS, BACK, PADDING] = [1, 2, 3];

function byLength(minLength: number, maxLength: number, samples: number): PresetPart {
  return { name: `length ${minLength} to ${maxLength}`, settings: { minLength, maxLength }, samples };
}

function openCycle(settings: Params): TaskDraw {
  const { minLength, maxLength, places } = numbersOf(settings, 'minLength', 'maxLength', 'places');
  const classes = Math.max(places, PADDING + 1);

  function draw(rng: Rng): TaskSample {
    const moves = drawBetween(rng, minLength, maxLength);
    const inputs = Int32Array.from({ length: maxLength }, (_, t) => (t < moves ? rng.below(3) : PADDING));
    const positions = wholeRange(0, moves);
    let place = 0;
    const targets = positions.map((t) => {
      const move = at(inputs, t);
      place = (place + (move === FORWARDS ? 1 : move === BACK ? places - 1 : 0)) % places;
      return place;
    });
    return { inputs, positions, targets, slices: { moves: positions.map((t) => t + 1) } };
  }

  /** Counts moves of each kind. */
  function solve({ inputs, positions }: Question): Int32Array[] {
    return Array.from(positions, (position) => {
      const read = inputs.subarray(0, position + 1);
      const count = (move: number): number => read.filter((token) => token === move).length;
      const ahead = (count(FORWARDS) - count(BACK)) % places;
      return Int32Array.of(ahead < 0 ? ahead + places : ahead);
    });
  }

  return {
    shape: {
      sequenceLength: maxLength,
      scored: maxLength,
      inputs: { kind: 'tokens', vocabulary: classes },
      outputs: { kind: 'classes', classes, candidates: wholeRange(0, places) },
    },
    metrics: [accuracy],
    draw,
    solve,
  };
}

/** Steps on a circle of places: a cyclic group, the simplest state of more than two values. */
export const cycleNavigation: Task = {
  name: 'cycle-navigation',
  suites: ['state-tracking'],
  title: 'Cycle navigation',
  asks: 'Steps forwards, back or none on a circle of places: where is one now?',
  source:
    'Deletang et al. 2023, arXiv:2207.02098; deviation: asked after every step, there after the last, and tested on ' +
    'longer rows as parity is in Grazzi et al. 2025, arXiv:2411.12537',
  settings: {
    minLength: whole('steps')(3, [1, 65_536], 'fewest steps', 'Grazzi et al.'),
    maxLength: whole('steps')(40, [1, 65_536], 'most steps, and T', 'Grazzi et al.'),
    places: whole('places')(5, [2, 1000], 'places of the circle', 'Deletang et al.'),
  },
  slices: { moves: { doc: 'steps read before the answer', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'up to 16 steps, tested to 64',
      settings: { minLength: 3, maxLength: 16 },
      train: [byLength(3, 16, 50_000)],
      validation: [byLength(3, 16, 200)],
      test: [byLength(3, 16, 500), byLength(16, 64, 500)],
    },
    small: {
      doc: 'the published lengths',
      settings: { minLength: 3, maxLength: 40 },
      train: [byLength(3, 40, 320_000)],
      validation: [byLength(3, 40, 500)],
      test: [byLength(3, 40, 1000), byLength(40, 256, 1000)],
    },
    paper: {
      doc: 'trained on up to 40 steps, tested up to 500',
      settings: { minLength: 1, maxLength: 40 },
      train: [byLength(1, 40, 5_120_000)],
      validation: [byLength(1, 40, 1000)],
      test: [byLength(41, 500, 2000)],
      recipe: recipe(
        { layers: 2, width: 128, heads: 4 },
        { batch: 128, learningRates: [1e-3] },
        'the source trains recurrent nets, transformers and nets with a stack; the model and the number of samples are ours',
      ),
      source: 'Deletang et al. 2023, section 5',
    },
  },
  check: ({ minLength, maxLength }) =>
    Number(minLength) <= Number(maxLength)
      ? []
      : [`minLength of at most maxLength ${maxLength}, got ${minLength}; lower it`],
  open: openCycle,
};
