import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { numbersOf, oneOf, real, recipe, tokens } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function byNoise(noise: number, samples: number): PresetPart {
  return { name: `noise ${noise}`, settings: { noise }, samples };
}

/** Where a key was asked: its position, its value and how far back it stood last. */
interface Asked {
  readonly position: number;
  readonly value: number;
  readonly distance: number;
}

/** The sizes that a row is filled by. */
interface Sizes {
  /** Tokens that are keys or values. */
  readonly normal: number;
  readonly noiseVocabulary: number;
  /** Share of pairs replaced by noise. */
  readonly noise: number;
  readonly pairs: number;
}

/** The value of each key, and where it stood last; -1 where not yet. */
interface Shown {
  readonly valueOf: Int32Array;
  readonly lastShown: Int32Array;
}

/** Fills the row with pairs and noise; gives the repeated keys. */
function fillPairs(rng: Rng, sizes: Sizes, row: Int32Array, shown: Shown): Asked[] {
  const { normal, noiseVocabulary, noise, pairs } = sizes;
  const { valueOf, lastShown } = shown;
  const certain = rng.below(pairs - 1);
  const asked: Asked[] = [];
  for (let i = 0; i < pairs - 1; i++) {
    if (i !== certain && rng.uniform() < noise) {
      row.set([normal + rng.below(noiseVocabulary), normal + rng.below(noiseVocabulary)], 2 * i);
      continue;
    }
    const key = rng.below(valueOf.length);
    const value = at(valueOf, key);
    if (at(lastShown, key) >= 0) asked.push({ position: 2 * i, value, distance: 2 * i - at(lastShown, key) });
    row.set([key, value], 2 * i);
    lastShown[key] = 2 * i;
  }
  return asked;
}

/** The value after the first showing of each key. */
function solve({ inputs, positions }: Question): Int32Array[] {
  return Array.from(positions, (t) => {
    let i = 0;
    while (inputs[i] !== inputs[t]) i += 2;
    return Int32Array.of(at(inputs, i + 1));
  });
}

function openNoisyRecall(settings: Params): TaskDraw {
  const { vocabulary, noiseVocabulary, length, noise } = numbersOf(
    settings,
    'vocabulary',
    'noiseVocabulary',
    'length',
    'noise',
  );
  const everyRepeat = settings.queries === 'every';
  const normal = vocabulary - noiseVocabulary - (everyRepeat ? 0 : 1);
  const keys = Math.floor(normal / 2);
  const pairs = length / 2;
  const rowLength = everyRepeat ? length - 1 : length;

  function draw(rng: Rng): TaskSample {
    const valueOf = Int32Array.from({ length: keys }, () => keys + rng.below(normal - keys));
    const lastShown = new Int32Array(keys).fill(-1);
    const inputs = new Int32Array(rowLength);
    const repeats = fillPairs(rng, { normal, noiseVocabulary, noise, pairs }, inputs, { valueOf, lastShown });
    const shown = wholeRange(0, keys).filter((key) => at(lastShown, key) >= 0);
    const query = at(shown, rng.below(shown.length));
    const position = rowLength - 1;
    if (!everyRepeat) inputs[position - 1] = vocabulary - 1;
    inputs[position] = query;
    const last = { position, value: at(valueOf, query), distance: position - at(lastShown, query) };
    const asked = everyRepeat ? [...repeats, last] : [last];
    return {
      inputs,
      positions: Int32Array.from(asked, (ask) => ask.position),
      targets: Int32Array.from(asked, (ask) => ask.value),
      slices: { distance: Int32Array.from(asked, (ask) => ask.distance) },
    };
  }

  const answers = wholeRange(keys, normal);
  return tokenRecall({
    length: rowLength,
    scored: everyRepeat ? pairs - 1 : 1,
    vocabulary,
    answers,
    draw,
    solve,
  });
}

/** In-context recall with tokens of noise between the pairs, as MAD makes it. */
export const noisyRecall: Task = {
  name: 'noisy-recall',
  suites: ['mad', 'recall'],
  title: 'Noisy in-context recall',
  asks: 'Pairs from a random map with noise between them: each time a key comes again, what is its value?',
  source:
    'Poli et al. 2024, arXiv:2403.17844; athms/mad-lab instances.py, commit 6e7e4c9; deviation: one pair is always ' +
    'among those before the last query (there, rarely, none is)',
  settings: {
    vocabulary: tokens(32, [5, 100_000], 'keys, values and noise', 'MAD'),
    noiseVocabulary: tokens(16, [1, 100_000], 'tokens that are only noise', 'MAD'),
    length: tokens(128, [4, 65_536], 'pairs x 2, with the last answer', 'MAD'),
    noise: real(0.2, [0, 0.99], 'share of pairs replaced by noise', 'MAD'),
    queries: oneOf(
      ['every', 'last'],
      '`every`: each repeated key is asked; `last`: one key after a copy sign at the end',
      'MAD multi_query',
    ),
  },
  slices: { distance: { doc: 'tokens from the last showing of the key', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'short rows',
      settings: { vocabulary: 16, noiseVocabulary: 8, length: 32 },
      train: [byNoise(0.2, 20_000)],
      validation: [byNoise(0.2, 200)],
      test: [byNoise(0, 300), byNoise(0.2, 300), byNoise(0.6, 300)],
    },
    small: {
      doc: "MAD's baseline with more samples",
      settings: { vocabulary: 32, noiseVocabulary: 16, length: 128 },
      train: [byNoise(0.2, 50_000)],
      validation: [byNoise(0.2, 500)],
      test: [byNoise(0, 1000), byNoise(0.2, 1000), byNoise(0.4, 1000), byNoise(0.8, 1000)],
    },
    paper: {
      doc: "MAD's baseline; it trains a model for each amount of noise",
      settings: { vocabulary: 32, noiseVocabulary: 16, length: 128 },
      train: [byNoise(0.2, 12_800)],
      validation: [byNoise(0.2, 1280)],
      test: [byNoise(0.2, 1280), byNoise(0.4, 1280), byNoise(0.6, 1280), byNoise(0.8, 1280)],
      recipe: recipe(
        { layers: 4, width: 128 },
        { batch: 128, epochs: 200, learningRates: [1e-4, 5e-4, 1e-3] },
        'mixer, SwiGLU, mixer, SwiGLU; AdamW, cosine to 1e-6; weight decay 0 and 0.1; best run',
      ),
      source: 'athms/mad-lab, commit 0f49a45',
    },
  },
  check: (settings) => {
    const { vocabulary, noiseVocabulary, length } = numbersOf(
      settings,
      'vocabulary',
      'noiseVocabulary',
      'length',
    );
    const faults: string[] = [];
    if (length % 2 !== 0) faults.push(`an even length, got ${length}; each pair is two tokens`);
    const needed = noiseVocabulary + (settings.queries === 'every' ? 2 : 3);
    if (vocabulary < needed)
      faults.push(
        `a vocabulary of at least ${needed} beside ${noiseVocabulary} of noise, got ${vocabulary}; enlarge it`,
      );
    return faults;
  },
  open: openNoisyRecall,
};
