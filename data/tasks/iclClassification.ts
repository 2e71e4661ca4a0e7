import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, oneOf, real, recipe, whole } from './settings.js';

/** Classes by frequency ~ rank^-alpha: the sum of chances up to each class. */
function cumulativeChances(classes: number, alpha: number): Float64Array {
  const chances = Float64Array.from({ length: classes }, (_, k) => (k + 1) ** -alpha);
  const total = chances.reduce((a, b) => a + b, 0);
  let sum = 0;
  return chances.map((chance) => (sum += chance / total));
}

function drawClass(rng: Rng, cumulative: Float64Array): number {
  const u = rng.uniform();
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (u < at(cumulative, middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (at(a, i) - at(b, i)) ** 2;
  return sum;
}

/** The index of the row nearest to a point, and its squared distance. */
function nearest(point: Float32Array, rows: readonly Float32Array[]): { index: number; distance: number } {
  const distances = rows.map((row) => squaredDistance(point, row));
  const distance = distances.reduce((a, b) => Math.min(a, b), Infinity);
  return { index: distances.indexOf(distance), distance };
}

/** What all rows of a seed share: the sizes, the mean and frequency of each class, and the vector of each label. */
interface World {
  readonly query: string;
  readonly pairs: number;
  readonly width: number;
  readonly noise: number;
  readonly burstiness: number;
  readonly burstyShare: number;
  readonly means: readonly Float32Array[];
  readonly labelVectors: readonly Float32Array[];
  readonly cumulative: Float64Array;
  /** Standard deviation of a coordinate of a mean. */
  readonly scale: number;
  /** Tokens of a row. */
  readonly length: number;
  /** Coordinates that hold the position, one for each place where a row may stand. */
  readonly places: number;
}

function drawWorld(settings: Params, rng: Rng): World {
  const { classes, labels, pairs, places } = numbersOf(settings, 'classes', 'labels', 'pairs', 'places');
  const { width, noise, alpha } = numbersOf(settings, 'width', 'noise', 'alpha');
  const scale = 1 / Math.sqrt(width);
  return {
    ...numbersOf(settings, 'burstiness', 'burstyShare'),
    query: String(settings.query),
    pairs,
    width,
    noise,
    scale,
    means: Array.from({ length: classes }, () => rng.normals(width, scale)),
    labelVectors: Array.from({ length: labels }, () => rng.normals(width, scale)),
    cumulative: cumulativeChances(classes, alpha),
    length: 2 * pairs + 1,
    places: 2 * places + 1,
  };
}

/** The classes of a row: those of the context, the one asked, and the mean and label of each. */
interface RowClasses {
  readonly context: readonly number[];
  readonly query: number;
  readonly meanOf: (cls: number) => Float32Array;
  readonly labelOf: (cls: number) => number;
}

/** The classes of the context and the query, by the number each is copied. */
function drawCopies(
  { pairs }: World,
  rng: Rng,
  copies: number,
  drawOne: () => number,
): Pick<RowClasses, 'context' | 'query'> {
  const different = Array.from({ length: pairs / copies }, drawOne);
  const context = rng.shuffle(different.flatMap((cls) => Array.from({ length: copies }, () => cls)));
  return { context, query: at(context, rng.below(pairs)) };
}

/** A row of the classes that all rows share. */
function drawKnown(world: World, rng: Rng): RowClasses {
  const { query: kind, pairs, width, burstiness, burstyShare, means } = world;
  const labels = world.labelVectors.length;
  const drawOne = (): number => drawClass(rng, world.cumulative);
  const meanOf = (cls: number): Float32Array => means[cls] ?? new Float32Array(width);
  const isBursty = kind === 'mixed' && burstiness > 0 && rng.uniform() < burstyShare;
  if (kind === 'permuted') {
    const shift = 1 + rng.below(labels - 1);
    const row = drawCopies(world, rng, Math.max(1, burstiness), drawOne);
    return { ...row, meanOf, labelOf: (cls) => (cls + shift) % labels };
  }
  const labelOf = (cls: number): number => cls % labels;
  if (isBursty) return { ...drawCopies(world, rng, burstiness, drawOne), meanOf, labelOf };
  const query = drawOne();
  const context = Array.from({ length: pairs }, () => {
    let cls = drawOne();
    while (kind === 'in-weights' && cls === query) cls = drawOne();
    return cls;
  });
  return { context, query, meanOf, labelOf };
}

/** A row of classes that no other row has. */
function drawNovel(world: World, rng: Rng): RowClasses {
  const { pairs, width, scale, labelVectors } = world;
  const copies = Math.max(1, world.burstiness);
  const means = Array.from({ length: pairs / copies }, () => rng.normals(width, scale));
  const labels = means.map(() => rng.below(labelVectors.length));
  let next = 0;
  return {
    ...drawCopies(world, rng, copies, () => next++),
    meanOf: (cls) => means[cls] ?? new Float32Array(width),
    labelOf: (cls) => at(labels, cls),
  };
}

function drawSample(world: World, rng: Rng): TaskSample {
  const { pairs, width, noise, scale, length, places, labelVectors } = world;
  const row = world.query === 'in-context' ? drawNovel(world, rng) : drawKnown(world, rng);
  const inputs = new Float32Array(length * (places + width));
  const first = rng.below(places - length + 1);
  const write = (t: number, vector: Float32Array): void => {
    inputs[t * (places + width) + first + t] = 1;
    inputs.set(vector, t * (places + width) + places);
  };
  const shrink = 1 / Math.sqrt(1 + noise ** 2);
  const item = (cls: number): Float32Array =>
    row.meanOf(cls).map((mean) => shrink * (mean + noise * scale * rng.normal()));
  for (const [i, cls] of row.context.entries()) {
    write(2 * i, item(cls));
    write(2 * i + 1, labelVectors[row.labelOf(cls)] ?? new Float32Array(width));
  }
  write(2 * pairs, item(row.query));
  return {
    inputs,
    positions: Int32Array.of(2 * pairs),
    targets: Int32Array.of(row.labelOf(row.query)),
    slices: { copies: Int32Array.of(row.context.filter((cls) => cls === row.query).length) },
  };
}

/** The nearest item of the context tells the label if it is of the same class, else the nearest known class does. */
function solve(
  { pairs, width, noise, places, means, labelVectors }: World,
  { inputs }: Question,
): Int32Array[] {
  const vectorAt = (t: number): Float32Array =>
    Float32Array.from(inputs.subarray(t * (places + width) + places, (t + 1) * (places + width)));
  const query = vectorAt(2 * pairs);
  const items = Array.from({ length: pairs }, (_, i) => vectorAt(2 * i));
  const inContext = nearest(query, items);
  const isSame = inContext.distance < 1 + noise ** 2 / (1 + noise ** 2);
  const label = isSame
    ? nearest(vectorAt(2 * inContext.index + 1), labelVectors).index
    : nearest(query, means).index % labelVectors.length;
  return [Int32Array.of(label)];
}

function openClassification(settings: Params, rng: Rng): TaskDraw {
  const world = drawWorld(settings, rng);
  const labels = world.labelVectors.length;
  return {
    shape: {
      sequenceLength: world.length,
      scored: 1,
      inputs: { kind: 'real', width: world.places + world.width },
      outputs: { kind: 'classes', classes: labels, candidates: wholeRange(0, labels) },
    },
    metrics: [accuracy],
    draw: (sampleRng) => drawSample(world, sampleRng),
    solve: (question) => solve(world, question),
  };
}

function by(query: string, samples: number): PresetPart {
  return { name: query, settings: { query }, samples };
}

/** Classification that can be learned in context or in weights. */
export const iclClassification: Task = {
  name: 'icl-classification',
  suites: ['icl'],
  title: 'In-context and in-weights classification',
  asks: 'Items with labels, then an item: which label? By the context, or by what was learned of its class?',
  source:
    'Reddy 2024, arXiv:2312.03002; deviation: `in-weights` has no item of the class asked in the context (there it is ' +
    'rare), and `in-context` draws new classes for every row (there 128 for a test set)',
  settings: {
    classes: whole('classes')(1024, [2, 1_000_000], 'K, each with a mean of its own', 'Reddy'),
    labels: whole('labels')(32, [2, 100_000], 'L; class k has label k mod L', 'Reddy'),
    pairs: whole('pairs')(8, [1, 1024], 'N, items with labels before the one asked', 'Reddy'),
    places: whole('pairs')(
      32,
      [1, 4096],
      'Nmax; the row starts at a random one of 2 Nmax + 1 places',
      'Reddy',
    ),
    width: whole('coordinates')(63, [1, 4096], 'D of items and labels', 'Reddy'),
    noise: real(0.1, [0, 10], 'eps, spread within a class', 'Reddy: 0.1 to 0.75'),
    burstiness: whole('copies')(
      2,
      [0, 1024],
      'B, copies of each class in a bursty row; 0 for none',
      'Reddy: 1, 2, 4',
    ),
    burstyShare: real(1, [0, 1], 'p_B, share of bursty rows', 'Reddy'),
    alpha: real(0, [0, 10], 'class frequency ~ rank^-alpha', 'Reddy: 0 to 1.5'),
    query: oneOf(
      ['mixed', 'in-context', 'permuted', 'in-weights'],
      '`mixed`: as trained; `in-context`: new classes; `permuted`: known classes with labels turned in this row; ' +
        '`in-weights`: a known class that is not in the context',
    ),
  },
  slices: { copies: { doc: 'items of the class asked in the context', by: 'value' } },
  presets: {
    smoke: {
      doc: 'few classes, short rows',
      settings: { classes: 64, labels: 8, pairs: 4, places: 4, width: 15, burstiness: 2 },
      train: [by('mixed', 50_000)],
      validation: [by('mixed', 500)],
      test: [by('in-context', 500), by('in-weights', 500)],
    },
    small: {
      doc: 'a quarter of the classes',
      settings: { classes: 256, labels: 16, pairs: 8, places: 8, width: 31, burstiness: 2 },
      train: [by('mixed', 500_000)],
      validation: [by('mixed', 1000)],
      test: [by('mixed', 1000), by('in-context', 1000), by('permuted', 1000), by('in-weights', 1000)],
    },
    paper: {
      doc: 'K 1024, L 32, N 8, D 63; B, eps and K are varied from there',
      settings: {},
      train: [by('mixed', 25_600_000)],
      validation: [by('mixed', 2000)],
      test: [by('mixed', 2000), by('in-context', 2000), by('permuted', 2000), by('in-weights', 2000)],
      recipe: recipe(
        { layers: 2, width: 128, heads: 1 },
        { batch: 128, learningRates: [0.01], weightDecay: 1e-7 },
        'SGD; attention only, then an MLP; hundreds of thousands of steps (200,000 taken here)',
      ),
      source: 'arXiv:2312.03002',
    },
  },
  check: (settings) => {
    const n = numbersOf(settings, 'classes', 'labels', 'pairs', 'places', 'burstiness');
    const faults: string[] = [];
    if (n.classes % n.labels !== 0)
      faults.push(
        `classes as a multiple of labels ${n.labels}, got ${n.classes}; take ${n.labels * Math.ceil(n.classes / n.labels)}`,
      );
    if (n.burstiness > 0 && n.pairs % n.burstiness !== 0)
      faults.push(
        `pairs as a multiple of burstiness ${n.burstiness}, got ${n.pairs}; each class is copied as often`,
      );
    if (n.pairs > n.places) faults.push(`places of at least pairs ${n.pairs}, got ${n.places}; enlarge it`);
    return faults;
  },
  open: openClassification,
};
