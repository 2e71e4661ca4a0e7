import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { answerKeys, askKeys, keyQueryIssues, keyQuerySettings } from './keyQueries.js';
import { numbersOf, whole } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

/** A value from [low, high) that is not `other`. */
function drawOther(rng: Rng, low: number, high: number, other: number): number {
  const value = low + rng.below(high - low - 1);
  return value >= other ? value + 1 : value;
}

function openForgetting(settings: Params): TaskDraw {
  const { vocabulary, length, pairs, updates } = numbersOf(
    settings,
    'vocabulary',
    'length',
    'pairs',
    'updates',
  );
  const firstValue = Math.floor(vocabulary / 2);

  function draw(rng: Rng): TaskSample {
    const keys = Array.from(drawDistinct(rng, 1, firstValue, pairs), (key) => [key]);
    const values = drawDistinct(rng, firstValue, vocabulary, pairs);
    const first = Array.from(values, (value, key) => ({ key, value }));
    const again = Array.from(drawDistinct(rng, 0, pairs, updates), (key) => ({
      key,
      value: drawOther(rng, firstValue, vocabulary, at(values, key)),
    }));
    const updated = (told: number): number => (told >= 2 * pairs ? 1 : 0);
    return askKeys(rng, settings, { keys, tellings: [...first, ...again] }, { updated });
  }

  const solve = (question: Question): Int32Array[] =>
    answerKeys(question, { width: 1, end: 2 * (pairs + updates) });

  const answers = wholeRange(firstValue, vocabulary);
  return tokenRecall({ length, scored: pairs, vocabulary, answers, draw, solve });
}

/** Multi-query recall where some keys get a new value: the last one counts. */
export const forgettingMqar: Task = {
  name: 'forgetting-mqar',
  suites: ['recall'],
  title: 'Recall after reversal',
  asks: 'Keys with values, some of them told again with another value, then each key: what was its last value?',
  source:
    'HazyResearch/zoology forgetting_mqar.py; deviation: a new value differs from the old one of the same key, ' +
    'there from that of another key',
  settings: {
    ...keyQuerySettings,
    pairs: whole('pairs')(8, [1, 4096], 'different keys', 'zoology'),
    updates: whole('keys')(4, [0, 4096], 'keys that get a new value', 'zoology'),
  },
  slices: {
    updated: { doc: '1 where the key got a new value', by: 'value' },
    pairs: { doc: 'different keys', by: 'value' },
    distance: { doc: 'tokens from the last telling of the key to its query', by: 'octave' },
  },
  presets: {
    smoke: {
      doc: 'small vocabulary, learned in seconds',
      settings: { vocabulary: 64, length: 32, pairs: 4, updates: 2 },
      train: [{ name: '2 of 4 reversed', samples: 20_000 }],
      validation: [{ name: '2 of 4 reversed', samples: 200 }],
      test: [
        { name: 'none reversed', settings: { updates: 0 }, samples: 300 },
        { name: '2 of 4 reversed', samples: 300 },
        { name: 'all reversed', settings: { updates: 4 }, samples: 300 },
      ],
    },
    small: {
      doc: 'half of 8 keys reversed',
      settings: { vocabulary: 512, length: 64, pairs: 8, updates: 4 },
      train: [{ name: '4 of 8 reversed', samples: 100_000 }],
      validation: [{ name: '4 of 8 reversed', samples: 500 }],
      test: [
        { name: 'none reversed', settings: { updates: 0 }, samples: 1000 },
        { name: '4 of 8 reversed', samples: 1000 },
        { name: 'all reversed', settings: { updates: 8 }, samples: 1000 },
      ],
    },
    frontier: {
      doc: 'half of 2 and of 4 keys reversed in one training, tested with none, half and all; vary model.keySize',
      settings: { vocabulary: 32, length: 24, pairs: 4, updates: 2 },
      train: [
        { name: '1 of 2 reversed', settings: { length: 12, pairs: 2, updates: 1 }, samples: 50_000 },
        { name: '2 of 4 reversed', samples: 150_000 },
      ],
      validation: [{ name: '2 of 4 reversed', samples: 400 }],
      test: [
        { name: 'none of 4 reversed', settings: { updates: 0 }, samples: 400 },
        { name: '2 of 4 reversed', samples: 400 },
        { name: '4 of 4 reversed', settings: { updates: 4 }, samples: 400 },
      ],
      recipe: {
        layers: 1,
        width: 32,
        heads: 1,
        keySize: 4,
        mlp: false,
        batch: 32,
        optimizer: 'muon',
        learningRates: [1e-2],
      },
    },
    paper: {
      doc: "zoology's defaults with MQAR's vocabulary; no numbers are published for it",
      settings: { vocabulary: 8192, length: 64, pairs: 8, updates: 4 },
      train: [{ name: '4 of 8 reversed', samples: 100_000 }],
      validation: [{ name: '4 of 8 reversed', samples: 1000 }],
      test: [{ name: '4 of 8 reversed', samples: 3000 }],
      source: 'HazyResearch/zoology forgetting_mqar.py',
    },
  },
  check: (settings) => {
    const [pairs, updates] = [Number(settings.pairs), Number(settings.updates)];
    const faults = keyQueryIssues(settings, 4 * pairs + 2 * updates, '4 x pairs + 2 x updates');
    if (updates > pairs) faults.push(`updates of at most pairs ${pairs}, got ${updates}; take fewer`);
    return faults;
  },
  open: openForgetting,
};
