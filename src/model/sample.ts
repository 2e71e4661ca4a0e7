import { z } from 'zod';
import { ConfigError, NonFiniteError } from '../core/errors.js';
import { optionsCheck } from '../core/options.js';
import type { Rng } from '../core/rng.js';

/** How a token is drawn from logits. */
export interface SampleOptions {
  /** Divides the logits; 0 takes the most likely token. Default 1. */
  readonly temperature?: number;
  /** Keeps the k most likely tokens; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keeps the fewest most likely tokens whose probabilities reach this sum. Default 1, all. */
  readonly topP?: number;
  /** Keeps tokens of at least this share of the probability of the most likely one. Default 0, all. */
  readonly minP?: number;
  /** Divides the logits above 0 of tokens that were read before, and multiplies those below 0. Default 1. */
  readonly repetitionPenalty?: number;
}

const checkNames = optionsCheck<SampleOptions>({
  temperature: z.any().optional(),
  topK: z.any().optional(),
  topP: z.any().optional(),
  minP: z.any().optional(),
  repetitionPenalty: z.any().optional(),
});

type Range = readonly [name: keyof SampleOptions, fits: (x: number) => boolean, expected: string];

const RANGES: readonly Range[] = [
  ['temperature', (x) => x >= 0, 'a number of at least 0'],
  ['topK', (x) => Number.isSafeInteger(x) && x >= 0, 'a whole number of at least 0'],
  ['topP', (x) => x > 0 && x <= 1, 'a number above 0 and at most 1'],
  ['minP', (x) => x >= 0 && x <= 1, 'a number from 0 to 1'],
  ['repetitionPenalty', (x) => x > 0, 'a number above 0'],
];

/**
 * Sampling options with their defaults.
 *
 * @throws ConfigError for one out of range.
 */
export function samplingOf(options: SampleOptions): Required<SampleOptions> {
  const {
    temperature = 1,
    topK = 0,
    topP = 1,
    minP = 0,
    repetitionPenalty = 1,
  } = checkNames('sample', options);
  const all = { temperature, topK, topP, minP, repetitionPenalty };
  for (const [name, fits, expected] of RANGES) {
    const value = all[name];
    if (Number.isFinite(value) && fits(value)) continue;
    throw new ConfigError(`sample.${name}: expected ${expected}, got ${value}`);
  }
  return all;
}

// Plain loops by index below: they run over the vocabulary once per token.

/** @throws NonFiniteError that names the first logit that is no finite number. */
function refuse(logits: Float32Array): never {
  const i = logits.findIndex((logit) => !Number.isFinite(logit));
  throw new NonFiniteError(`sample: expected finite logits, got ${logits[i]} for token ${i}`);
}

/** Index of the largest logit, the first of equals. */
function mostLikely(logits: Float32Array): number {
  if (logits.length === 0) throw new ConfigError('sample: expected at least one logit, got none');
  let [best, top, zero] = [0, -Infinity, 0];
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    zero += logit - logit; // NaN from the first logit on that is not finite
    if (logit > top) {
      top = logit;
      best = i;
    }
  }
  return zero === 0 ? best : refuse(logits);
}

function leastOf(logits: Float32Array): number {
  let [least, i] = [Infinity, 0];
  while (i < logits.length) least = Math.min(least, logits[i++] ?? 0);
  return least;
}

/** Steps of the table of exponentials in a factor of e^-1 .. e^0; a power of 2. */
const STEP_BITS = 10;
const STEPS = 2 ** STEP_BITS;
const STEP = 1 / STEPS;
/** Below e^-700 a mass is nothing beside the largest, which is 1. */
const FARTHEST = 700;
const FINE = Float64Array.from({ length: STEPS }, (_, i) => Math.exp(-i / STEPS));
const COARSE = Float64Array.from({ length: FARTHEST + 1 }, (_, i) => Math.exp(-i));

/** exp(-x) for x >= 0 to 15 digits, in a third of the time that Math.exp takes: two tables and a series of Taylor. */
function mass(x: number): number {
  if (x >= FARTHEST) return 0;
  const n = (x * STEPS) | 0;
  const r = x - n * STEP; // below 1/1024: the term after the last is below 1e-17
  const rest = 1 - r * (1 - r * (1 / 2 - r * (1 / 6 - r * (1 / 24))));
  return (FINE[n & (STEPS - 1)] ?? 0) * (COARSE[n >> STEP_BITS] ?? 0) * rest;
}

/** What is kept of the tokens: those of larger logits than `least`, and the first `ties` of equal ones. */
interface Cut {
  readonly least: number;
  readonly ties: number;
  /** Sum of the masses kept. */
  readonly sum: number;
}

const ALL = { least: -Infinity, ties: 0 };

/** Classes of distance from the largest logit, by whose sums cuts are found without sorting the vocabulary. */
const CLASSES = 512;
/** All that is farther than this is of the last class. */
const FARTHEST_CLASS = 32;

/** Of the logits of one draw, by class and by token; all samplers share it, since no draw waits within. */
const work = {
  counts: new Int32Array(CLASSES),
  sums: new Float64Array(CLASSES),
  masses: new Float64Array(),
  classes: new Uint16Array(),
};

/** Draws a token id from logits; the same stream gives the same tokens. */
export class Sampler {
  private readonly options: Required<SampleOptions>;
  /** Ids read; filled only where repetition is penalised. */
  private readonly seen = new Set<number>();

  /** @throws ConfigError for an option out of range. */
  constructor(options: SampleOptions) {
    this.options = samplingOf(options);
  }

  /** Notes ids whose repetition is penalised. Those that are drawn are noted by themselves. */
  read(ids: Iterable<number>): void {
    if (this.options.repetitionPenalty === 1) return;
    for (const id of ids) this.seen.add(id);
  }

  /** @throws NonFiniteError for a logit that is no finite number. */
  draw(logits: Float32Array, rng: Rng): number {
    const penalised = this.penalised(logits);
    const best = mostLikely(penalised);
    const id = this.options.temperature === 0 ? best : this.drawnFrom(penalised, penalised[best] ?? 0, rng);
    this.read([id]);
    return id;
  }

  private penalised(logits: Float32Array): Float32Array {
    if (this.seen.size === 0) return logits;
    const { repetitionPenalty } = this.options;
    const changed = logits.slice();
    for (const id of this.seen) {
      const logit = logits[id];
      if (logit !== undefined) {
        changed[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    }
    return changed;
  }

  private drawnFrom(logits: Float32Array, top: number, rng: Rng): number {
    const { topK, topP, minP } = this.options;
    const most = topK > 0 && topK < logits.length ? topK : Infinity;
    this.classify(logits, top);
    const cut =
      most < Infinity || topP < 1 ? this.cutOf(logits, top, most) : { ...ALL, sum: sumOf(work.sums) };
    const { least, ties, sum } = minP > 0 ? this.leave(logits, cut, minP) : cut;
    const { masses } = work;
    let left = rng.uniform() * sum;
    let [last, open, i] = [0, ties, 0];
    while (i < logits.length) {
      const logit = logits[i] ?? 0;
      const m = masses[i++] ?? 0;
      if (logit < least || m === 0 || (logit === least && open-- <= 0)) continue;
      last = i - 1;
      if (left < m) break;
      left -= m; // rounding may leave a rest past the last token
    }
    return last;
  }

  /** A cut without the tokens below the share `minP` of the most likely one, whose masses it sets to 0. */
  private leave(logits: Float32Array, cut: Cut, minP: number): Cut {
    const { masses } = work;
    let [sum, open] = [0, cut.ties];
    for (let i = 0; i < logits.length; i++) {
      const [logit, m] = [logits[i] ?? 0, masses[i] ?? 0];
      if (m < minP) masses[i] = 0;
      else if (logit > cut.least || (logit === cut.least && open-- > 0)) sum += m;
    }
    return { ...cut, sum };
  }

  /** Writes down the masses, and counts and sums them by class of distance from the largest logit. */
  private classify(logits: Float32Array, top: number): void {
    const { temperature } = this.options;
    if (work.masses.length !== logits.length) {
      work.masses = new Float64Array(logits.length);
      work.classes = new Uint16Array(logits.length);
    }
    const { counts, sums, masses, classes } = work;
    counts.fill(0);
    sums.fill(0);
    const farthest = Math.min(FARTHEST_CLASS, (top - leastOf(logits)) / temperature);
    const classesPerNat = (CLASSES - 1) / Math.max(farthest, 1e-300);
    let i = 0;
    while (i < logits.length) {
      const x = (top - (logits[i] ?? 0)) / temperature;
      const m = mass(x);
      const place = x * classesPerNat;
      const c = place < CLASSES ? place | 0 : CLASSES - 1;
      counts[c] = (counts[c] ?? 0) + 1;
      sums[c] = (sums[c] ?? 0) + m;
      classes[i] = c;
      masses[i++] = m;
    }
  }

  /** The cut after the most likely `most`, and of these after the fewest that reach the share `topP` of their sum. */
  private cutOf(logits: Float32Array, top: number, most: number): Cut {
    const { topP } = this.options;
    if (most === Infinity) return this.walk(logits, top, { most, goal: topP * sumOf(work.sums) });
    const first = this.walk(logits, top, { most, goal: Infinity });
    return topP === 1 ? first : this.walk(logits, top, { most, goal: topP * first.sum });
  }

  /** Goes through the tokens from the most likely on, to the number `most` or the sum `goal`. */
  private walk(
    logits: Float32Array,
    top: number,
    { most, goal }: { readonly most: number; readonly goal: number },
  ): Cut {
    let [count, sum, c] = [0, 0, 0];
    for (; c < CLASSES; c++) {
      const nextCount = count + (work.counts[c] ?? 0);
      const nextSum = sum + (work.sums[c] ?? 0);
      if (nextCount >= most || nextSum >= goal) break;
      count = nextCount;
      sum = nextSum;
    }
    let [least, ties] = [-Infinity, 0];
    for (const logit of this.membersOf(c, logits)) {
      ties = logit === least ? ties + 1 : 1;
      least = logit;
      count++;
      sum += mass((top - logit) / this.options.temperature);
      if (count >= most || sum >= goal) break;
    }
    return { least, ties, sum };
  }

  /** The logits of a class, the largest first. */
  private membersOf(c: number, logits: Float32Array): Float32Array {
    const members = new Float32Array(work.counts[c] ?? 0);
    let size = 0;
    for (let i = 0; size < members.length; i++) {
      if (work.classes[i] === c) members[size++] = logits[i] ?? 0;
    }
    return members.sort().reverse();
  }
}

function sumOf(values: Float64Array): number {
  let [sum, i] = [0, 0];
  while (i < values.length) sum += values[i++] ?? 0;
  return sum;
}

/**
 * Draws a token id: the penalty of repetition first, then temperature, then the k most likely, of these the nucleus of
 * topP, and of these those that minP keeps.
 *
 *   p_i = exp(logit_i / temperature) / sum
 *
 * The same stream gives the same tokens; temperature 0 draws nothing. Without tokens read before there is no penalty.
 * @throws ConfigError for an option out of range, NonFiniteError for a logit that is no finite number.
 * Source: nucleus sampling, Holtzman et al. 2019, arXiv:1904.09751; minP, Nguyen et al. 2024, arXiv:2407.01082; penalty,
 * Keskar et al. 2019, arXiv:1909.05858, with logits below 0 multiplied, as in other implementations.
 */
export function sample(logits: Float32Array, options: SampleOptions, rng: Rng): number {
  return new Sampler(options).draw(logits, rng);
}
