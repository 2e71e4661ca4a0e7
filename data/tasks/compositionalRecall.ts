import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { answerKeys, askKeys, keyQueryIssues, keyQuerySettings } from './keyQueries.js';
import { numbersOf, whole } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function openCompositional(settings: Params): TaskDraw {
  const { vocabulary, length, pairs } = numbersOf(settings, 'vocabulary', 'length', 'pairs');
  const side = Math.round(Math.sqrt(pairs));
  const third = Math.floor(vocabulary / 3);

  /** Every first with every second, in random order: [first, second] a pair. */
  function drawGrid(rng: Rng): (readonly [number, number])[] {
    const firsts = drawDistinct(rng, 1, third, side);
    const seconds = drawDistinct(rng, third, 2 * third, side);
    const grid = Array.from(
      { length: pairs },
      (_, i) => [at(firsts, Math.floor(i / side)), at(seconds, i % side)] as const,
    );
    return rng.shuffle(grid);
  }

  function draw(rng: Rng): TaskSample {
    const keys = drawGrid(rng);
    const values = drawDistinct(rng, 2 * third, vocabulary, pairs);
    const tellings = Array.from(values, (value, key) => ({ key, value }));
    return askKeys(rng, settings, { keys, tellings });
  }

  const solve = (question: Question): Int32Array[] => answerKeys(question, { width: 2, end: 3 * pairs });

  const answers = wholeRange(2 * third, vocabulary);
  return tokenRecall({ length, scored: pairs, vocabulary, answers, draw, solve });
}

/** Recall by keys of two tokens, neither of which tells the value by itself. */
export const compositionalRecall: Task = {
  name: 'compositional-recall',
  title: 'Recall by compound keys',
  asks: 'A grid of two-token keys, each with its value, then each key again: what was its value?',
  source: 'HazyResearch/zoology compositional_ar.py, commit 6fcfd35',
  settings: {
    ...keyQuerySettings,
    pairs: whole('pairs')(4, [1, 4096], 'keys, a square number: side x side', 'zoology'),
  },
  slices: {
    pairs: { doc: 'compound keys in the context', by: 'value' },
    distance: { doc: 'tokens from the key to its query', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'a grid of 2 x 2 and a small vocabulary',
      settings: { vocabulary: 63, length: 36, pairs: 4 },
      train: [{ name: '2 x 2', samples: 20_000 }],
      validation: [{ name: '2 x 2', samples: 200 }],
      test: [{ name: '2 x 2', samples: 500 }],
    },
    small: {
      doc: 'a grid of 3 x 3, tested on 2 x 2 as well',
      settings: { vocabulary: 510, length: 64, pairs: 9 },
      train: [{ name: '3 x 3', samples: 100_000 }],
      validation: [{ name: '3 x 3', samples: 500 }],
      test: [
        { name: '2 x 2', settings: { pairs: 4 }, samples: 1000 },
        { name: '3 x 3', samples: 1000 },
      ],
    },
    paper: {
      doc: "zoology's defaults with MQAR's vocabulary; no numbers are published for it",
      settings: { vocabulary: 8192, length: 64, pairs: 4 },
      train: [{ name: '2 x 2', samples: 100_000 }],
      validation: [{ name: '2 x 2', samples: 1000 }],
      test: [{ name: '2 x 2', samples: 3000 }],
      source: 'HazyResearch/zoology compositional_ar.py',
    },
  },
  check: (settings) => {
    const pairs = Number(settings.pairs);
    const faults = keyQueryIssues(settings, 6 * pairs, '6 x pairs');
    if (!Number.isInteger(Math.sqrt(pairs)))
      faults.push(`a square number of pairs, got ${pairs}; take ${Math.round(Math.sqrt(pairs)) ** 2}`);
    return faults;
  },
  open: openCompositional,
};
