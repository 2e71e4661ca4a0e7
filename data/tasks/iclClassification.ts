import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf } from './settings.js';

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

/** The classes of a row: those of the context, the one asked, and the label of each. */
interface Cast {
  readonly context: readonly number[];
  readonly query: number;
  readonly meanOf: (cls: number) => Float32Array;
  readonly labelOf: (cls: number) => number;
}

function openClassification(settings: Params, world: Rng): TaskDraw {
  const { classes, labels, pairs, places, width, noise } = numbersOf(
    ...([settings, 'classes', 'labels', 'pairs', 'places', 'width', 'noise'] as const),
  );
  const { burstiness, burstyShare, alpha } = numbersOf(settings, 'burstiness', 'burstyShare', 'alpha');
  const scale = 1 / Math.sqrt(width);
  const shrink = 1 / Math.sqrt(1 + noise ** 2);
  const means = Array.from({ length: classes }, () => world.normals(width, scale));
  const labelVectors = Array.from({ length: labels }, () => world.normals(width, scale));
  const cumulative = cumulativeChances(classes, alpha);
  const [length, shifts] = [2 * pairs + 1, 2 * places + 1];
  const fullWidth = shifts + width;

  /** The classes of the context and the query, by the number each is copied. */
  function drawRow(rng: Rng, copies: number, drawOne: () => number): { context: number[]; query: number } {
    const different = Array.from({ length: pairs / copies }, drawOne);
    const context = rng.shuffle(different.flatMap((cls) => Array.from({ length: copies }, () => cls)));
    return { context, query: at(context, rng.below(pairs)) };
  }

  function drawKnown(rng: Rng): Cast {
    const drawOne = (): number => drawClass(rng, cumulative);
    const meanOf = (cls: number): Float32Array => means[cls] ?? new Float32Array(width);
    const bursty = settings.query === 'mixed' && burstiness > 0 && rng.uniform() < burstyShare;
    if (settings.query === 'permuted') {
      const turn = 1 + rng.below(labels - 1);
      return {
        ...drawRow(rng, Math.max(1, burstiness), drawOne),
        meanOf,
        labelOf: (cls) => (cls + turn) % labels,
      };
    }
    const labelOf = (cls: number): number => cls % labels;
    if (bursty) return { ...drawRow(rng, burstiness, drawOne), meanOf, labelOf };
    const query = drawOne();
    const context = Array.from({ length: pairs }, () => {
      let cls = drawOne();
      while (settings.query === 'in-weights' && cls === query) cls = drawOne();
      return cls;
    });
    return { context, query, meanOf, labelOf };
  }

  function drawNovel(rng: Rng): Cast {
    const copies = Math.max(1, burstiness);
    const fresh = Array.from({ length: pairs / copies }, () => rng.normals(width, scale));
    const named = fresh.map(() => rng.below(labels));
    let next = 0;
    return {
      ...drawRow(rng, copies, () => next++),
      meanOf: (cls) => fresh[cls] ?? new Float32Array(width),
      labelOf: (cls) => at(named, cls),
    };
  }

  function draw(rng: Rng): TaskSample {
    const cast = settings.query === 'in-context' ? drawNovel(rng) : drawKnown(rng);
    const inputs = new Float32Array(length * fullWidth);
    const shift = rng.below(shifts - length + 1);
    const put = (t: number, vector: Float32Array): void => {
      inputs[t * fullWidth + shift + t] = 1;
      inputs.set(vector, t * fullWidth + shifts);
    };
    const item = (cls: number): Float32Array =>
      cast.meanOf(cls).map((mean) => shrink * (mean + noise * scale * rng.normal()));
    for (const [i, cls] of cast.context.entries()) {
      put(2 * i, item(cls));
      put(2 * i + 1, labelVectors[cast.labelOf(cls)] ?? new Float32Array(width));
    }
    put(2 * pairs, item(cast.query));
    return {
      inputs,
      positions: Int32Array.of(2 * pairs),
      targets: Int32Array.of(cast.labelOf(cast.query)),
      slices: { copies: Int32Array.of(cast.context.filter((cls) => cls === cast.query).length) },
    };
  }

  /** The nearest item of the context tells the label if it is of the same class, else the nearest known class does. */
  function solve({ inputs }: Question): Int32Array[] {
    const vectorAt = (t: number): Float32Array =>
      Float32Array.from(inputs.subarray(t * fullWidth + shifts, (t + 1) * fullWidth));
    const query = vectorAt(2 * pairs);
    const inContext = nearest(
      query,
      Array.from({ length: pairs }, (_, i) => vectorAt(2 * i)),
    );
    const same = inContext.distance < 1 + noise ** 2 / (1 + noise ** 2);
    const label = same
      ? nearest(vectorAt(2 * inContext.index + 1), labelVectors).index
      : nearest(query, means).index % labels;
    return [Int32Array.of(label)];
  }

  return {
    shape: {
      sequenceLength: length,
      scored: 1,
      inputs: { kind: 'real', width: fullWidth },
      outputs: { kind: 'classes', classes: labels, candidates: wholeRange(0, labels) },
    },
    metrics: [accuracy],
    draw,
    solve,
  };
}

function by(query: string, samples: number): PresetPart {
  return { name: query, settings: { query }, samples };
}

/** Classification that can be learned in context or in weights. */
export const iclClassification: Task = {
  name: 'icl-classification',
  title: 'In-context and in-weights classification',
  asks: 'Items with labels, then an item: which label? By the context, or by what was learned of its class?',
  source:
    'Reddy 2024, arXiv:2312.03002; deviation: `in-weights` has no item of the class asked in the context (there it is ' +
    'rare), and `in-context` draws new classes for every row (there 128 for a test set)',
  settings: {
    classes: {
      default: 1024,
      range: [2, 1_000_000],
      unit: 'classes',
      doc: 'K, each with a mean of its own',
      source: 'Reddy',
    },
    labels: {
      default: 32,
      range: [2, 100_000],
      unit: 'labels',
      doc: 'L; class k has label k mod L',
      source: 'Reddy',
    },
    pairs: {
      default: 8,
      range: [1, 1024],
      unit: 'pairs',
      doc: 'N, items with labels before the one asked',
      source: 'Reddy',
    },
    places: {
      default: 32,
      range: [1, 4096],
      unit: 'pairs',
      doc: 'Nmax; the row starts at a random one of 2 Nmax + 1 places',
      source: 'Reddy',
    },
    width: {
      default: 63,
      range: [1, 4096],
      unit: 'coordinates',
      doc: 'D of items and labels',
      source: 'Reddy',
    },
    noise: {
      default: 0.1,
      range: [0, 10],
      real: true,
      doc: 'eps, spread within a class',
      source: 'Reddy: 0.1 to 0.75',
    },
    burstiness: {
      default: 2,
      range: [0, 1024],
      unit: 'copies',
      doc: 'B, copies of each class in a bursty row; 0 for none',
      source: 'Reddy: 1, 2, 4',
    },
    burstyShare: { default: 1, range: [0, 1], real: true, doc: 'p_B, share of bursty rows', source: 'Reddy' },
    alpha: {
      default: 0,
      range: [0, 10],
      real: true,
      doc: 'class frequency ~ rank^-alpha',
      source: 'Reddy: 0 to 1.5',
    },
    query: {
      default: 'mixed',
      choices: ['mixed', 'in-context', 'permuted', 'in-weights'],
      doc:
        '`mixed`: as trained; `in-context`: new classes; `permuted`: known classes with labels turned in this row; ' +
        '`in-weights`: a known class that is not in the context',
    },
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
      recipe: {
        layers: 2,
        width: 128,
        heads: 1,
        batch: 128,
        learningRates: [0.01],
        weightDecay: 1e-7,
        note: 'SGD; attention only, then an MLP; hundreds of thousands of steps (200,000 taken here)',
      },
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
