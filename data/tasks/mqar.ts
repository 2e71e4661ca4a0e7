import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { drawDistinct, wholeRange } from './drawing.js';
import { answerKeys, askKeys, keyQueryIssues, keyQuerySettings } from './keyQueries.js';
import { numbersOf, recipe, whole } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

/** A part of zoology's mixes. */
function part(length: number, pairs: number, samples: number): PresetPart {
  return { name: `${length} tokens, ${pairs} pairs`, settings: { length, pairs }, samples };
}

/** Rows that pairs and questions fill, so that nothing but pairs is in the way. */
function full(pairs: number, samples: number): PresetPart {
  return { name: `${pairs} pairs`, settings: { length: 4 * pairs, pairs }, samples };
}

function openMqar(settings: Params): TaskDraw {
  const { vocabulary, length, pairs } = numbersOf(settings, 'vocabulary', 'length', 'pairs');
  const firstValue = Math.floor(vocabulary / 2);

  function draw(rng: Rng): TaskSample {
    const keys = Array.from(drawDistinct(rng, 1, firstValue, pairs), (key) => [key]);
    const values = drawDistinct(rng, firstValue, vocabulary, pairs);
    const tellings = Array.from(values, (value, key) => ({ key, value }));
    return askKeys(rng, settings, { keys, tellings }, { length: () => length });
  }

  const solve = (question: Question): Int32Array[] => answerKeys(question, { width: 1, end: 2 * pairs });

  const answers = wholeRange(firstValue, vocabulary);
  return tokenRecall({ length, scored: pairs, vocabulary, answers, draw, solve });
}

/** Multi-query associative recall, as zoology makes it. */
export const mqar: Task = {
  name: 'mqar',
  suites: ['recall'],
  title: 'Multi-query associative recall',
  asks: 'Keys with their values, then each key again at some distance: what was its value?',
  source: 'Arora et al. 2024, arXiv:2312.04927; HazyResearch/zoology multiquery_ar.py, commit d88d6f5',
  settings: {
    ...keyQuerySettings,
    pairs: whole('pairs')(4, [1, 4096], 'N_kv, keys with a value; T >= 4 N_kv', 'zoology'),
  },
  slices: {
    pairs: { doc: 'pairs in the context', by: 'value' },
    length: { doc: 'length of the row in tokens', by: 'value' },
    distance: { doc: 'tokens from the key to its query', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'small vocabulary, learned in seconds',
      settings: { vocabulary: 64, length: 32, pairs: 4 },
      train: [{ name: '4 pairs', samples: 20_000 }],
      validation: [{ name: '4 pairs', samples: 200 }],
      test: [part(32, 2, 300), part(32, 4, 300), part(32, 8, 300)],
      recipe: { heads: 1, mlp: false },
    },
    small: {
      doc: 'the easiest column of Zoology figure 2: 64 tokens, 4 pairs, 8192 tokens of vocabulary',
      settings: { vocabulary: 8192, length: 64, pairs: 4, filler: 'zero' },
      train: [part(64, 4, 100_000)],
      validation: [part(64, 4, 1000)],
      test: [part(64, 4, 3000)],
      recipe: recipe(
        { layers: 2, width: 64, heads: 1, mlp: false },
        { batch: 128, learningRates: [1e-2], stopAt: 0.99 },
        'as published: no MLP, 100,000 samples, stop at 99 % on validation; ours: each sample once, where the source ' +
          'goes 64 times through the same in batches of 512 and takes the best of four rates from 1e-4 to 1e-2',
      ),
      source: 'zoology iclr24_zoology_figure2/configs.py',
    },
    frontier: {
      doc: 'a key size decides: few pairs and many in one training, tested on up to 16; vary model.keySize',
      settings: { vocabulary: 66 },
      train: [full(2, 30_000), full(4, 40_000), full(8, 80_000), full(12, 100_000)],
      validation: [full(12, 300)],
      test: [2, 3, 4, 6, 8, 12, 16].map((pairs) => full(pairs, 300)),
      recipe: recipe(
        { layers: 1, width: 64, heads: 1, keySize: 4, mlp: false },
        { batch: 32, optimizer: 'muon', learningRates: [1e-2] },
        'ours: one layer, few keys and many updates, so that every run begins',
      ),
    },
    paper: {
      doc: 'the recall and memory trade-off: a mix of five sizes, tested on seven up to 1024 tokens and 256 pairs',
      settings: { vocabulary: 8192 },
      train: [
        part(64, 4, 100_000),
        part(128, 8, 20_000),
        part(256, 16, 20_000),
        part(256, 32, 20_000),
        part(256, 64, 20_000),
      ],
      validation: [part(64, 4, 500), part(256, 64, 500)],
      test: [
        part(64, 4, 1000),
        part(64, 8, 1000),
        part(64, 16, 1000),
        part(128, 32, 1000),
        part(256, 64, 1000),
        part(512, 128, 1000),
        part(1024, 256, 1000),
      ],
      recipe: recipe(
        { layers: 2, width: [64, 128, 256], heads: 2, mlp: false },
        { batch: 256, epochs: 32, weightDecay: 0.1, learningRates: [1e-3, 3.16e-3, 1e-2, 3.16e-2] },
        'layer 0 is a short convolution of 3, layer 1 the mixer; no MLP, no positions',
      ),
      source: 'zoology mqar_example_configs/original_mqar_configs.py',
    },
  },
  check: (settings) => {
    const pairs = Number(settings.pairs);
    return keyQueryIssues(settings, 4 * pairs, '4 x pairs');
  },
  open: openMqar,
};
