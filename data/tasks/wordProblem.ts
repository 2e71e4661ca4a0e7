import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Recipe, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, real, recipe, whole } from './settings.js';

/** All permutations of 0..n-1, in lexicographic order; the first is the identity. */
function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return Array.from({ length: n }, (_, first) =>
    permutations(n - 1).map((rest) => [first, ...rest.map((item) => (item >= first ? item + 1 : item))]),
  ).flat();
}

/** `table[a * size + b]` is the element that first does a, then b: (ab)(i) = b(a(i)). */
function productTable(elements: readonly (readonly number[])[]): Int32Array {
  const numbers = new Map(elements.map((element, i) => [element.join(), i]));
  return Int32Array.from(
    elements.flatMap((a) => elements.map((b) => numbers.get(a.map((i) => at(b, i)).join()) ?? NaN)),
  );
}

/** Whether a permutation is a product of an even number of swaps. */
function isEven(element: readonly number[]): boolean {
  const inversions = element.flatMap((to, i) => element.slice(i + 1).filter((later) => later < to));
  return inversions.length % 2 === 0;
}

/** The elements that move the fewest points: of a symmetric group the swaps, of an alternating one the 3-cycles. */
function smallestMoves(elements: readonly (readonly number[])[]): Int32Array {
  const moved = elements.map((element) => element.filter((to, from) => to !== from).length);
  const least = Math.min(...moved.filter((points) => points > 0));
  return wholeRange(0, elements.length).filter((i) => moved[i] === least);
}

function byLength(length: number, samples: number, swapShare = 0): PresetPart {
  const swaps = swapShare > 0 ? `, ${100 * swapShare} % swaps` : '';
  return { name: `length ${length}${swaps}`, settings: { length, swapShare }, samples };
}

/**
 * What teaches the product by one layer: no convolution, which would mix each letter with those before it, and keys and values
 * that are linear in the letter. The mirrors of a reflection group lie at obtuse angles as well as acute ones, which features
 * that are nearly positive can hardly express.
 */
function oneLayer(points: number): Recipe {
  const model = { layers: 1, heads: 8, convolution: 1, featureMap: 'identity', valueActivation: false };
  const large = points > 3;
  return recipe(
    { ...model, width: large ? 64 : 32 },
    { batch: large ? 64 : 128, optimizer: 'muon', learningRates: [large ? 0.02 : 0.01] },
  );
}

/** Long words among short ones, and letters of which most are swaps: each teaches what the next one needs. */
const FROM_SHORT_AND_SWAPS: readonly PresetPart[] = [
  byLength(4, 40_000, 1),
  byLength(4, 60_000, 0.75),
  byLength(8, 60_000, 0.75),
  byLength(8, 60_000, 0.5),
  byLength(8, 60_000, 0.25),
  byLength(8, 60_000),
  byLength(16, 40_000),
  byLength(32, 40_000),
  byLength(64, 20_000),
  byLength(128, 20_000),
];

/** Follows each point through the word, without the table. */
function followPoints(question: Question, elements: readonly (readonly number[])[]): Int32Array[] {
  const places = Array.from(elements[0] ?? []);
  return Array.from(question.positions, (t) => {
    const letter = elements[at(question.inputs, t)] ?? [];
    for (const [i, place] of places.entries()) places[i] = at(letter, place);
    return Int32Array.of(elements.findIndex((element) => element.every((to, i) => to === places[i])));
  });
}

function openGroup(settings: Params, { points, even = false }: WordProblem): TaskDraw {
  const { length, swapShare } = numbersOf(settings, 'length', 'swapShare');
  const elements = permutations(points).filter((element) => !even || isEven(element));
  const size = elements.length;
  const table = productTable(elements);
  const [all, swaps] = [wholeRange(0, size), smallestMoves(elements)];
  const positions = wholeRange(0, length);

  // A share of 0 or 1 draws nothing, so that the words are those of one set of letters.
  const drawsSwap = (rng: Rng): boolean => swapShare === 1 || (swapShare > 0 && rng.uniform() < swapShare);

  function draw(rng: Rng): TaskSample {
    const inputs = Int32Array.from({ length }, () => {
      const letters = drawsSwap(rng) ? swaps : all;
      return at(letters, rng.below(letters.length));
    });
    let product = 0;
    const targets = inputs.map((letter) => (product = at(table, product * size + letter)));
    return { inputs, positions, targets, slices: { letters: positions.map((t) => t + 1) } };
  }

  return {
    shape: {
      sequenceLength: length,
      scored: length,
      inputs: { kind: 'tokens', vocabulary: size },
      outputs: { kind: 'classes', classes: size, candidates: wholeRange(0, size) },
    },
    metrics: [accuracy],
    draw,
    solve: (question) => followPoints(question, elements),
  };
}

/** What sets the word problem of one symmetric group apart. */
interface WordProblem {
  readonly name: string;
  /** The group permutes so many points. */
  readonly points: number;
  /** Whether of the permutations only the even ones are elements. */
  readonly even?: boolean;
  readonly title: string;
}

/** The word problem of a group of permutations: the product of the letters so far, at every position. */
function wordProblem(problem: WordProblem): Task {
  const { name, title, points } = problem;
  return {
    name,
    suites: ['state-tracking'],
    title,
    asks: 'Permutations one after the other: which permutation are they so far, taken together?',
    source: 'Merrill, Petty and Sabharwal 2024, arXiv:2404.08819; jopetty/word-problem',
    settings: {
      length: whole('letters')(
        32,
        [2, 65_536],
        'T; every prefix is asked as well',
        'word-problem: data by length',
      ),
      swapShare: real(
        0,
        [0, 1],
        'share of letters that are drawn from the elements that move the fewest points, in a symmetric group the swaps, ' +
          'each one reflection; the others are any element',
      ),
    },
    slices: { letters: { doc: 'letters read before the answer', by: 'octave' } },
    presets: {
      smoke: {
        doc: 'four and eight letters, tested on 32 as well',
        settings: { length: 8 },
        train: [byLength(4, 20_000), byLength(8, 40_000)],
        validation: [byLength(8, 200)],
        test: [byLength(8, 300), byLength(32, 300)],
        recipe: { ...oneLayer(points), batch: 64 },
      },
      small: {
        doc: 'up to 128 letters, tested on 512',
        settings: { length: 128 },
        train: FROM_SHORT_AND_SWAPS,
        validation: [byLength(32, 100), byLength(128, 100)],
        test: [32, 128, 512].map((length) => byLength(length, 300)),
        recipe: oneLayer(points),
      },
      paper: {
        doc: 'words of 2 to 25 letters; the source has a data set and a model for each length',
        settings: { length: 16 },
        train: [byLength(16, 800_000)],
        validation: [byLength(16, 1000)],
        test: [4, 8, 12, 16, 20, 25].map((length) => byLength(length, 2000)),
        recipe: recipe(
          { width: 512, heads: 8 },
          { batch: 32, learningRates: [1e-4] },
          'depth is varied; stopped at 99 % on validation; the number of samples is ours',
        ),
        source: 'jopetty/word-problem',
      },
    },
    check: () => [],
    open: (settings) => openGroup(settings, problem),
  };
}

/** The word problem of S3: six elements, solvable, so in reach of products of reflections. */
export const s3 = wordProblem({ name: 's3', points: 3, title: 'Word problem of S3' });

/** The word problem of S4: 24 elements, solvable. */
export const s4 = wordProblem({ name: 's4', points: 4, title: 'Word problem of S4' });

/** The word problem of A5: 60 elements, the smallest group that is not solvable. */
export const a5 = wordProblem({ name: 'a5', points: 5, even: true, title: 'Word problem of A5' });

/** The word problem of S5: 120 elements, not solvable, complete for NC1. */
export const s5 = wordProblem({ name: 's5', points: 5, title: 'Word problem of S5' });
