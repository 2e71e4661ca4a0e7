import { NonFiniteError } from '../../src/core/errors.js';
import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { dot } from '../../src/core/numbers.js';
import type { Answer, PresetPart, Question, Task, TaskDraw, TaskMetric, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { leastSquares } from './leastSquares.js';
import { numbersOf, oneOf, real, recipe, whole } from './settings.js';

/** The examples before a query and the query itself, read off the inputs. */
interface Regression {
  readonly xs: readonly Float64Array[];
  readonly ys: readonly number[];
  readonly query: Float64Array;
}

/**
 * Squared error / d. Zero scores 1 in expectation: E[(w.x + noise)^2] / d = (d + noise^2) / d.
 *
 * d counts the coordinates that are not zeroed.
 */
function squaredErrorOf(dims: number, noise: number): TaskMetric {
  return {
    name: 'squared-error',
    unit: '/ d',
    best: 'low',
    perfect: 0,
    doc: 'squared error of the prediction divided by the number of coordinates',
    of(prediction, right): number {
      const error = (at(prediction, 0) - right.target) ** 2 / dims;
      if (Number.isFinite(error)) return error;
      throw new NonFiniteError(
        `squared-error: expected a finite prediction, got ${prediction[0]}; look at the step that went wrong`,
      );
    },
    chance: () => 1 + noise ** 2 / dims,
  };
}

/** How the examples of a row stand in its inputs. */
interface Layout {
  /** Whether a token is [x, y]; else x and y are tokens of their own. */
  readonly joined: boolean;
  /** Coordinates of x that are not zeroed. */
  readonly active: number;
  readonly width: number;
  readonly length: number;
  readonly examples: number;
  readonly noise: number;
}

type Row = Pick<TaskSample, 'inputs' | 'targets'>;

function drawRow(rng: Rng, { joined, active, width, length, examples, noise }: Layout): Row {
  const weights = rng.normals(active);
  const inputs = new Float32Array(length * width);
  const points = joined ? examples + 1 : examples;
  const ys = new Float32Array(points);
  for (let i = 0; i < points; i++) {
    const x = rng.normals(active);
    const y = dot(weights, x) + (noise > 0 ? noise * rng.normal() : 0);
    ys[i] = y;
    inputs.set(x, joined ? i * width : 2 * i * width);
    if (!joined) inputs[(2 * i + 1) * width] = y;
    else if (i < examples) inputs[i * width + width - 1] = y;
  }
  return { inputs, targets: joined ? ys.slice(examples) : ys };
}

/** The first `count` examples of a row and the query after them. */
function readRow(inputs: ArrayLike<number>, count: number, { joined, active, width }: Layout): Regression {
  const xAt = (i: number): Float64Array =>
    Float64Array.from({ length: active }, (_, j) => at(inputs, (joined ? i : 2 * i) * width + j));
  const yAt = (i: number): number => at(inputs, joined ? (i + 1) * width - 1 : (2 * i + 1) * width);
  const before = Array.from({ length: count }, (_, i) => i);
  return { xs: before.map(xAt), ys: before.map(yAt), query: xAt(count) };
}

function openRegression(settings: Params): TaskDraw {
  const { dims, zeroed, examples, noise } = numbersOf(settings, 'dims', 'zeroed', 'examples', 'noise');
  const joined = settings.layout === 'joined';
  const active = dims - zeroed;
  const width = joined ? dims + 1 : dims;
  const length = joined ? examples + 1 : 2 * examples;
  const layout = { joined, active, width, length, examples, noise };
  const positions = joined ? Int32Array.of(examples) : wholeRange(0, examples).map((i) => 2 * i);
  const given = joined ? Int32Array.of(examples) : wholeRange(0, examples);

  function solve({ inputs }: Question): Answer[] {
    return Array.from(given, (count) => {
      if (noise > 0 || count < active) return undefined;
      const { xs, ys, query } = readRow(inputs, count, layout);
      return dot(leastSquares(xs, ys), query);
    });
  }

  const predict = (estimate: (known: Regression) => Float64Array) => (question: Question) =>
    Array.from(given, (count) => {
      const known = readRow(question.inputs, count, layout);
      return Float32Array.of(count === 0 ? 0 : dot(estimate(known), known.query));
    });

  return {
    shape: {
      sequenceLength: length,
      scored: given.length,
      inputs: { kind: 'real', width },
      outputs: { kind: 'real' },
    },
    metrics: [squaredErrorOf(active, noise)],
    baselines: {
      'least squares': predict(({ xs, ys }) => leastSquares(xs, ys)),
      ...(noise > 0 ? { 'ridge regression': predict((known) => ridgeRegression(known, noise)) } : {}),
      'one gradient step': predict(({ xs, ys }) => gradientStep(xs, ys)),
      'one pass of the delta rule': predict(({ xs, ys }) => onePass(xs, ys)),
    },
    draw: (rng) => ({ ...drawRow(rng, layout), positions, slices: { examples: given } }),
    solve,
  };
}

/** The mean of w given the examples, for w of unit variance: least squares with d more examples, noise e_j -> 0. */
function ridgeRegression({ xs, ys }: Regression, noise: number): Float64Array {
  const dims = xs[0]?.length ?? 0;
  const axes = Array.from({ length: dims }, (_, j) => new Float64Array(dims).fill(noise, j, j + 1));
  return leastSquares([...xs, ...axes], [...ys, ...axes.map(() => 0)]);
}

/**
 * w = sum_i y_i x_i / (n + d + 1): the step of steepest descent from 0 whose expected error is least. Its error / d is
 * (d + 1) / (n + d + 1), what one linear-attention layer can reach.
 */
function gradientStep(xs: readonly Float64Array[], ys: readonly number[]): Float64Array {
  const dims = xs[0]?.length ?? 0;
  const sum = new Float64Array(dims);
  for (const [i, x] of xs.entries())
    for (let j = 0; j < dims; j++) sum[j] = at(sum, j) + at(ys, i) * at(x, j);
  return sum.map((value) => value / (xs.length + dims + 1));
}

/** w += (y - w.x) x / |x|^2 for each example in turn (Kaczmarz): error / d is (1 - 1/d)^n. */
function onePass(xs: readonly Float64Array[], ys: readonly number[]): Float64Array {
  const weights = new Float64Array(xs[0]?.length ?? 0);
  for (const [i, x] of xs.entries()) {
    const step = (at(ys, i) - dot(weights, x)) / dot(x, x);
    for (let j = 0; j < weights.length; j++) weights[j] = at(weights, j) + step * at(x, j);
  }
  return weights;
}

function byExamples(examples: number, samples: number): PresetPart {
  return { name: `${examples} examples`, settings: { examples }, samples };
}

/** In-context linear regression. */
export const linearRegression: Task = {
  name: 'linear-regression',
  suites: ['icl'],
  title: 'In-context linear regression',
  asks: 'Pairs x, y = w.x with a new w in each row, then x: what is y?',
  source:
    'Garg et al. 2022, arXiv:2208.01066; dtsip/in-context-learning; `joined` as von Oswald et al. 2023, arXiv:2212.07677',
  settings: {
    dims: whole('coordinates')(8, [1, 1024], 'd, coordinates of x', 'Garg et al.: 20'),
    zeroed: whole('coordinates')(
      0,
      [0, 1023],
      'how many of the last coordinates of x are 0, for a curriculum',
      'Garg et al.: 15 at first, one less every 2000 steps',
    ),
    examples: whole('examples')(
      16,
      [1, 16_384],
      'n: examples before the query (`joined`), or points of which each is asked before it is told (`turns`)',
      'Garg et al.: 11 to 41',
    ),
    noise: real(0, [0, 100], 'standard deviation of noise on y', 'Garg et al.: 0'),
    layout: oneOf(
      ['joined', 'turns'],
      '`joined`: a token is [x, y], the query [x, 0]; `turns`: x and [y, 0, ...] are tokens of their own',
    ),
  },
  slices: { examples: { doc: 'examples seen before the answer', by: 'value' } },
  presets: {
    smoke: {
      doc: 'four coordinates, eight examples',
      settings: { dims: 4, examples: 8 },
      train: [byExamples(8, 50_000)],
      validation: [byExamples(8, 500)],
      test: [byExamples(8, 1000)],
      recipe: recipe(
        { layers: 1, width: 16, heads: 1, mixer: 'linear', mlp: false },
        { batch: 128, learningRates: [5e-3] },
        'one linear head, for the closed forms',
      ),
    },
    small: {
      doc: 'eight coordinates; a model is trained for each number of examples (set `examples`)',
      settings: { dims: 8, examples: 16 },
      train: [byExamples(16, 300_000)],
      validation: [byExamples(16, 2000)],
      test: [byExamples(16, 5000)],
      recipe: recipe(
        { layers: 1, width: 32, heads: 1, mixer: 'linear', mlp: false },
        { batch: 128, learningRates: [5e-3] },
        'one linear head, for the closed forms; width above `dims`',
      ),
    },
    paper: {
      doc: 'twenty coordinates, 41 points in turns, every n at once',
      settings: { dims: 20, examples: 41, layout: 'turns' },
      train: [byExamples(41, 32_000_064)],
      validation: [byExamples(41, 1280)],
      test: [byExamples(41, 6400)],
      recipe: recipe(
        { layers: 12, width: 256, heads: 8 },
        { batch: 64, steps: 500_001, learningRates: [1e-4] },
        'Adam; curriculum from 5 to 20 coordinates (+1) and 11 to 41 points (+2) every 2000 steps; GPT-2',
      ),
      source: 'dtsip/in-context-learning, conf/linear_regression.yaml',
    },
  },
  check: (settings) => {
    const { dims, zeroed } = numbersOf(settings, 'dims', 'zeroed');
    return zeroed < dims ? [] : [`zeroed below dims ${dims}, got ${zeroed}; keep one coordinate`];
  },
  open: openRegression,
};
