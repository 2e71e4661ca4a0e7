import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { numbersOf, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function openInduction(settings: Params): TaskDraw {
  const { vocabulary, length } = numbersOf(settings, 'vocabulary', 'length');
  const normal = vocabulary - 2;
  const trigger = normal;

  function draw(rng: Rng): TaskSample {
    const inputs = Int32Array.from({ length: length + 1 }, () => rng.below(normal));
    const place = rng.below(length - 2);
    inputs[place] = trigger;
    inputs[length] = trigger;
    return {
      inputs,
      positions: Int32Array.of(length),
      targets: Int32Array.of(at(inputs, place + 1)),
      slices: { distance: Int32Array.of(length - place) },
    };
  }

  return tokenRecall({
    length: length + 1,
    scored: 1,
    vocabulary,
    answers: wholeRange(0, normal),
    draw,
    solve: ({ inputs, positions }: Question) =>
      Array.from(positions, (t) => Int32Array.of(at(inputs, inputs.indexOf(at(inputs, t)) + 1))),
  });
}

/** The induction head: what followed the trigger when it came before? */
export const induction: Task = {
  name: 'induction',
  suites: ['recall'],
  title: 'Induction head',
  asks: 'A trigger stands once in random tokens; at the end it comes again: which token followed it?',
  source: 'Fu et al. 2023, arXiv:2212.14052; berlino/seq_icl synthetics.py (induction_head, one trigger)',
  settings: {
    vocabulary: tokens(
      16,
      [3, 100_000],
      'with the trigger `=>` and the unused special `.`',
      'seq_icl induction_head',
    ),
    length: tokens(256, [3, 65_536], 'tokens before the last trigger', 'seq_icl'),
  },
  slices: { distance: { doc: 'tokens from the trigger to its second showing', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'short rows',
      settings: { vocabulary: 16, length: 32 },
      train: [{ name: '32 tokens', samples: 20_000 }],
      validation: [{ name: '32 tokens', samples: 200 }],
      test: [
        { name: '32 tokens', samples: 500 },
        { name: '64 tokens', settings: { length: 64 }, samples: 500 },
      ],
    },
    small: {
      doc: 'half the published length, tested up to four times as far',
      settings: { vocabulary: 16, length: 128 },
      train: [{ name: '128 tokens', samples: 50_000 }],
      validation: [{ name: '128 tokens', samples: 500 }],
      test: [
        { name: '128 tokens', samples: 1000 },
        { name: '256 tokens', settings: { length: 256 }, samples: 1000 },
        { name: '512 tokens', settings: { length: 512 }, samples: 1000 },
      ],
    },
    paper: {
      doc: '256 tokens, 5000 training samples',
      settings: { vocabulary: 16, length: 256 },
      train: [{ name: '256 tokens', samples: 5000 }],
      validation: [{ name: '256 tokens', samples: 500 }],
      test: [{ name: '256 tokens', samples: 500 }],
      recipe: recipe(
        { layers: 8, width: 128, heads: 2 },
        { batch: 8, epochs: 400, learningRates: [5e-4], weightDecay: 0.1 },
        'sample counts are those of associative-recall in the same repository',
      ),
      source: 'berlino/seq_icl, commit 9b9223d',
    },
  },
  check: () => [],
  open: openInduction,
};
