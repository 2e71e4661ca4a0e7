import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawBetween, drawDistinct, wholeRange } from './drawing.js';
import { numbersOf, oneOf, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function byKeys(keys: 'any' | 'longest', samples: number): PresetPart {
  return { name: keys === 'any' ? 'keys of any length' : 'longest keys', settings: { keys }, samples };
}

/** What a row is made of: key tokens from 0, value tokens from `firstValue`, and the padding. */
interface Sizes {
  readonly firstValue: number;
  readonly padding: number;
  readonly length: number;
  readonly keyMotif: number;
  readonly valueMotif: number;
  readonly longestKeys: boolean;
}

/** A key of some tokens, its value, and where the key began when it was shown last. */
interface Pair {
  readonly key: Int32Array;
  readonly value: Int32Array;
  shownAt: number;
}

const sizeOf = ({ key, value }: Pair): number => key.length + value.length;

/** Draws pairs until no other fits before the one that is asked at the end; a key keeps its value. */
function drawPairs(rng: Rng, sizes: Sizes): Pair[] {
  const { firstValue, padding, length, keyMotif, valueMotif, longestKeys } = sizes;
  const known = new Map<string, Pair>();
  const pairs: Pair[] = [];
  const room = length - keyMotif - valueMotif;
  for (let used = 0; ;) {
    const key = drawDistinct(rng, 0, firstValue, longestKeys ? keyMotif : drawBetween(rng, 1, keyMotif));
    const value = drawDistinct(rng, firstValue, padding, drawBetween(rng, 1, valueMotif));
    const pair = known.get(key.join()) ?? { key, value, shownAt: -1 };
    used += sizeOf(pair);
    if (used > room) return pairs;
    known.set(key.join(), pair);
    pairs.push(pair);
  }
}

/** The tokens of a row that stand in a run which ends before `end` and holds what `belongs`. */
function runBefore(inputs: ArrayLike<number>, end: number, belongs: (token: number) => boolean): number[] {
  const run: number[] = [];
  for (let t = end - 1; t >= 0 && belongs(at(inputs, t)); t--) run.unshift(at(inputs, t));
  return run;
}

/** The next token of the value that followed the key when it was shown first. */
function solveFor({ firstValue, padding }: Sizes, { inputs, positions }: Question): Int32Array[] {
  const isKey = (token: number): boolean => token < firstValue;
  const isValue = (token: number): boolean => token >= firstValue && token < padding;
  /** Where the first value begins that follows these tokens as a whole key. */
  const firstValueOf = (key: string, before: number): number => {
    for (let t = 1; t < before; t++) {
      const beginsHere = isValue(at(inputs, t)) && isKey(at(inputs, t - 1));
      if (beginsHere && runBefore(inputs, t, isKey).join() === key) return t;
    }
    return -1;
  };
  return Array.from(positions, (position) => {
    const read = runBefore(inputs, position + 1, isValue).length;
    const key = runBefore(inputs, position + 1 - read, isKey).join();
    return Int32Array.of(at(inputs, firstValueOf(key, position) + read));
  });
}

function openFuzzyRecall(settings: Params): TaskDraw {
  const { vocabulary, ...rest } = numbersOf(settings, 'vocabulary', 'length', 'keyMotif', 'valueMotif');
  const padding = vocabulary - 1;
  const firstValue = Math.floor(padding / 2);
  const sizes: Sizes = { ...rest, firstValue, padding, longestKeys: settings.keys === 'longest' };
  const { length, valueMotif } = sizes;

  function draw(rng: Rng): TaskSample {
    const shown = drawPairs(rng, sizes);
    const pairs = [...shown, shown[rng.below(shown.length)] as Pair]; // an index of the list
    const inputs = new Int32Array(length).fill(padding);
    const positions: number[] = [];
    const distances: number[] = [];
    let t = length - pairs.reduce((sum, pair) => sum + sizeOf(pair), 0);
    for (const pair of pairs) {
      const { key, value, shownAt } = pair;
      inputs.set([...key, ...value], t);
      // The position before each token of a value that was shown before.
      if (shownAt >= 0) {
        for (const i of value.keys()) positions.push(t + key.length + i - 1);
        distances.push(...Array.from(value, () => t - shownAt));
      }
      pair.shownAt = t;
      t += sizeOf(pair);
    }
    return {
      inputs,
      positions: Int32Array.from(positions),
      targets: Int32Array.from(positions, (position) => at(inputs, position + 1)),
      slices: { distance: Int32Array.from(distances) },
    };
  }

  return tokenRecall({
    length,
    scored: Math.floor((length * valueMotif) / (valueMotif + 1)),
    vocabulary,
    answers: wholeRange(firstValue, padding),
    draw,
    solve: (question) => solveFor(sizes, question),
  });
}

/** In-context recall of keys and values of one to three tokens, as MAD makes it. */
export const fuzzyRecall: Task = {
  name: 'fuzzy-recall',
  suites: ['mad'],
  title: 'Fuzzy in-context recall',
  asks: 'Pairs whose keys and values are of one to three tokens: each time a key comes again, what is its value?',
  source:
    'Poli et al. 2024, arXiv:2403.17844; athms/mad-lab instances.py, commit 6e7e4c9 (multi_query); deviations: the key ' +
    'asked last is drawn among those shown, and in training, too, only values of keys shown before are scored',
  settings: {
    vocabulary: tokens(16, [5, 100_000], 'keys, values and the padding', 'MAD'),
    length: tokens(128, [4, 65_536], 'T; padding stands in front', 'MAD'),
    keyMotif: tokens(3, [1, 16], 'longest key', 'MAD'),
    valueMotif: tokens(3, [1, 16], 'longest value', 'MAD'),
    keys: oneOf(
      ['any', 'longest'],
      '`any`: keys of one token up to the longest; `longest`: only those',
      'MAD',
    ),
  },
  slices: { distance: { doc: 'tokens from the last showing of the key', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'keys and values of one or two tokens in short rows',
      settings: { vocabulary: 16, length: 32, keyMotif: 2, valueMotif: 2 },
      train: [byKeys('any', 20_000)],
      validation: [byKeys('any', 200)],
      test: [byKeys('any', 500), byKeys('longest', 500)],
    },
    small: {
      doc: "MAD's motifs in half its length, with more samples",
      settings: { vocabulary: 16, length: 64, keyMotif: 3, valueMotif: 3 },
      train: [byKeys('any', 100_000)],
      validation: [byKeys('any', 500)],
      test: [byKeys('any', 1000), byKeys('longest', 1000)],
    },
    paper: {
      doc: "MAD's baseline; it varies the vocabulary, the length and the number of samples from there",
      settings: { vocabulary: 16, length: 128, keyMotif: 3, valueMotif: 3 },
      train: [byKeys('any', 12_800)],
      validation: [byKeys('longest', 1280)],
      test: [byKeys('longest', 1280)],
      recipe: recipe(
        { layers: 4, width: 128 },
        { batch: 128, epochs: 200, learningRates: [1e-4, 5e-4, 1e-3] },
        'mixer, SwiGLU, mixer, SwiGLU; AdamW, cosine to 1e-6; weight decay 0 and 0.1; best run; there the loss is of ' +
          'every token',
      ),
      source: 'athms/mad-lab, commit 0f49a45',
    },
  },
  check: (settings) => {
    const { vocabulary, length, keyMotif, valueMotif } = numbersOf(
      settings,
      'vocabulary',
      'length',
      'keyMotif',
      'valueMotif',
    );
    const faults: string[] = [];
    const motif = Math.max(keyMotif, valueMotif);
    if (Math.floor((vocabulary - 1) / 2) < motif)
      faults.push(
        `a vocabulary of at least 2 x ${motif} + 1 = ${2 * motif + 1}, got ${vocabulary}; a key or value has no token twice`,
      );
    const needed = 2 * (keyMotif + valueMotif);
    if (length < needed)
      faults.push(`length of at least ${needed}, two of the longest pairs, got ${length}; lengthen it`);
    return faults;
  },
  open: openFuzzyRecall,
};
