import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { numbersOf, oneOf, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

/** The value of the key asked in the first of the pairs that holds it; `nothing` where none does. */
function findValue({ inputs, positions }: Question, pairs: number, nothing: number): Int32Array[] {
  return Array.from(positions, (t) => {
    for (let i = 0; i < pairs; i++)
      if (inputs[2 * i] === inputs[t]) return Int32Array.of(at(inputs, 2 * i + 1));
    return Int32Array.of(nothing);
  });
}

function openAssociative(settings: Params): TaskDraw {
  const { vocabulary, length } = numbersOf(settings, 'vocabulary', 'length');
  const keys = Math.floor((vocabulary - 2) / 2);
  const values = vocabulary - 2 - keys;
  const [prefix, nothing] = [vocabulary - 2, vocabulary - 1];
  const mayBeMissing = settings.query === 'any';
  const pairs = length / 2;

  function draw(rng: Rng): TaskSample {
    const valueOf = Int32Array.from({ length: keys }, () => keys + rng.below(values));
    const lastShown = new Int32Array(keys).fill(-1);
    const inputs = new Int32Array(length + 2);
    for (let i = 0; i < pairs; i++) {
      const key = rng.below(keys);
      inputs.set([key, at(valueOf, key)], 2 * i);
      lastShown[key] = 2 * i;
    }
    const known = mayBeMissing
      ? wholeRange(0, keys)
      : wholeRange(0, keys).filter((key) => at(lastShown, key) >= 0);
    const query = at(known, rng.below(known.length));
    inputs.set([prefix, query], length);
    const shown = at(lastShown, query);
    return {
      inputs,
      positions: Int32Array.of(length + 1),
      targets: Int32Array.of(shown < 0 ? nothing : at(valueOf, query)),
      slices: { distance: Int32Array.of(shown < 0 ? 0 : length + 1 - shown) },
    };
  }

  const solve = (question: Question): Int32Array[] => findValue(question, pairs, nothing);
  const valueTokens = wholeRange(keys, keys + values);
  const answers = mayBeMissing ? Int32Array.of(...valueTokens, nothing) : valueTokens;
  return tokenRecall({ length: length + 2, scored: 1, vocabulary, answers, draw, solve });
}

/** Associative recall with one query at the end, as the ICLL and safari generators make it. */
export const associativeRecall: Task = {
  name: 'associative-recall',
  suites: ['recall'],
  title: 'Associative recall',
  asks: 'Many pairs from a random map of keys to values, then `=>` and a key: which value?',
  source: 'Akyürek et al. 2024, arXiv:2401.12973; berlino/seq_icl synthetics.py, after HazyResearch/safari',
  settings: {
    vocabulary: tokens(
      40,
      [4, 100_000],
      'keys, values and the two specials `=>` and `.`',
      'seq_icl assoc_recall',
    ),
    length: tokens(384, [2, 65_536], 'pairs x 2, before `=> key`', 'seq_icl'),
    query: oneOf(
      ['shown', 'any'],
      '`shown`: a key of the row; `any`: of the map, and `.` is right where it was not shown',
      'seq_icl allow_dot = false',
    ),
  },
  slices: {
    distance: { doc: 'tokens from the last showing of the key to the query; 0 if never shown', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'few pairs, small vocabulary',
      settings: { vocabulary: 18, length: 32 },
      train: [{ name: '16 pairs', samples: 20_000 }],
      validation: [{ name: '16 pairs', samples: 200 }],
      test: [{ name: '16 pairs', samples: 500 }],
    },
    small: {
      doc: 'the published vocabulary at a third of the length, tested beyond it',
      settings: { vocabulary: 40, length: 128 },
      train: [{ name: '64 pairs', samples: 50_000 }],
      validation: [{ name: '64 pairs', samples: 500 }],
      test: [
        { name: '64 pairs', samples: 1000 },
        { name: '192 pairs', settings: { length: 384 }, samples: 1000 },
      ],
    },
    paper: {
      doc: '192 pairs, 5000 training samples',
      settings: { vocabulary: 40, length: 384 },
      train: [{ name: '192 pairs', samples: 5000 }],
      validation: [{ name: '192 pairs', samples: 500 }],
      test: [{ name: '192 pairs', samples: 500 }],
      recipe: recipe(
        { layers: 8, width: 128, heads: 2 },
        { batch: 32, epochs: 200, learningRates: [5e-4], weightDecay: 0.1, warmup: 0.1 },
        'warm-up 10 %, learned positions; samples are repeated every epoch',
      ),
      source: 'berlino/seq_icl, commit 9b9223d',
    },
  },
  check: ({ length }) =>
    Number(length) % 2 === 0 ? [] : [`an even length, got ${length}; each pair is two tokens`],
  open: openAssociative,
};
