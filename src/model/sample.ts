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

// Plain loops by index below, and a statement for each variable: they run over the vocabulary once per token, and numbers
// that are declared in a list are kept as objects, at three times the time. Tables are arrays, not typed ones: once the
// engine has freed a buffer, V8 asks at each access of a typed array whether that one is still there.

/** @throws NonFiniteError that names the first logit that is no finite number. */
function refuse(logits: Float32Array): never {
  const i = logits.findIndex((logit) => !Number.isFinite(logit));
  throw new NonFiniteError(`sample: expected finite logits, got ${logits[i]} for token ${i}`);
}

/** Classes of distance from the largest logit, by whose counts or sums cuts are found without sorting the vocabulary. */
const CLASSES = 512;
/** As many numbers, which V8 keeps as 64-bit ones. */
const doubles = (length: number): number[] => Array.from({ length }, () => 0.5);
/** As many whole numbers. */
const integers = (length: number): number[] => Array.from({ length }, () => 0);

/** Of the tokens of one draw; all samplers share it, since no draw waits within. */
const work = {
  counts: integers(CLASSES),
  sums: doubles(CLASSES),
  /** By token; 0 of those that are not kept. */
  masses: doubles(0),
  classes: integers(0),
  members: new Float32Array(),
  /** Copies of the logits. */
  logits: doubles(0),
};

function makeRoom(size: number): void {
  if (work.masses.length === size) return;
  work.masses = doubles(size);
  work.classes = integers(size);
  work.members = new Float32Array(size);
  work.logits = doubles(size);
}

interface Extent {
  /** Index of the largest logit, the first of equals. */
  readonly best: number;
  readonly top: number;
  readonly least: number;
}

/** Also copies the logits to where the others read them. */
function extentOf(logits: Float32Array): Extent {
  if (logits.length === 0) throw new ConfigError('sample: expected at least one logit, got none');
  makeRoom(logits.length);
  const copies = work.logits;
  let best = 0;
  let top = -Infinity;
  let least = Infinity;
  let zero = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    copies[i] = logit;
    zero += logit - logit; // NaN from the first logit on that is not finite
    if (logit < least) least = logit;
    if (logit > top) {
      top = logit;
      best = i;
    }
  }
  return zero === 0 ? { best, top, least } : refuse(logits);
}

/** Steps of the table of exponentials in a factor of e^-1 .. e^0; a power of 2. */
const STEP_BITS = 10;
const STEPS = 2 ** STEP_BITS;
const STEP = 1 / STEPS;
/** Below e^-700 a mass is nothing beside the largest, which is 1. */
const FARTHEST = 700 * STEPS;
const FINE = Array.from({ length: STEPS }, (_, i) => Math.exp(-i / STEPS));
const COARSE = Array.from({ length: FARTHEST / STEPS + 1 }, (_, i) => Math.exp(-i));

/** All that is farther than this is of the last class. */
const FARTHEST_CLASS = 32 * STEPS;

/** How logits become masses and classes. */
interface Scale {
  readonly top: number;
  /** Steps of the table in a difference of 1 between logits. */
  readonly perLogit: number;
  readonly classesPerStep: number;
}

function scaleOf({ top, least }: Extent, temperature: number): Scale {
  const perLogit = Math.min(STEPS / temperature, Number.MAX_VALUE);
  const farthest = Math.min(FARTHEST_CLASS, (top - least) * perLogit);
  return { top, perLogit, classesPerStep: (CLASSES - 1) / Math.max(farthest, 1e-300) };
}

/** The class of a token that is y steps from the largest logit. */
const classAt = (y: number, classesPerStep: number): number =>
  y < FARTHEST_CLASS ? (y * classesPerStep) | 0 : CLASSES - 1;

/** What is kept of the tokens: those of larger logits than `least`, and the first `ties` of equal ones. */
interface Cut {
  readonly least: number;
  readonly ties: number;
}

const ALL: Cut = { least: -Infinity, ties: 0 };

/** Writes down the class of each token, and how many there are of each. */
function countClasses(logits: readonly number[], { top, perLogit, classesPerStep }: Scale): void {
  const { counts, classes } = work;
  counts.fill(0);
  for (let i = 0; i < logits.length; i++) {
    const y = (top - (logits[i] ?? 0)) * perLogit;
    const c = classAt(y, classesPerStep);
    counts[c] = (counts[c] ?? 0) + 1;
    classes[i] = c;
  }
}

/** Writes down the masses of the tokens that are kept, and where they are asked for classes and sums by class; gives the sum. */
function weigh(
  logits: readonly number[],
  { top, perLogit, classesPerStep }: Scale,
  { least, ties }: Cut,
  byClass: boolean,
): number {
  const { sums, masses, classes } = work;
  if (byClass) sums.fill(0);
  let sum = 0;
  let open = ties;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    if (logit < least || (logit === least && open-- <= 0)) {
      masses[i] = 0;
      continue;
    }
    const y = (top - logit) * perLogit;
    let m = 0;
    if (y < FARTHEST) {
      // exp(-y / STEPS) to 15 digits in a quarter of the time that Math.exp takes, by two tables and a series of Taylor.
      // Here, not in a function: V8 does not always inline that, and then makes an object of each result.
      const n = y | 0;
      const r = (y - n) * STEP; // below 1/1024: the term after the last is below 1e-17
      const rest = 1 - r * (1 - r * (1 / 2 - r * (1 / 6 - r * (1 / 24))));
      m = (FINE[n & (STEPS - 1)] ?? 0) * (COARSE[n >> STEP_BITS] ?? 0) * rest;
    }
    sum += m;
    masses[i] = m;
    if (byClass) {
      const c = classAt(y, classesPerStep);
      sums[c] = (sums[c] ?? 0) + m;
      classes[i] = c;
    }
  }
  return sum;
}

/** The logits of a class, the largest first; of tokens that are kept where these are weighed already. */
function membersOf(c: number, logits: readonly number[], areWeighed: boolean): Float32Array {
  const { classes, masses, members } = work;
  let size = 0;
  for (let i = classes.indexOf(c); i >= 0; i = classes.indexOf(c, i + 1)) {
    if (areWeighed && masses[i] === 0) continue;
    members[size++] = logits[i] ?? 0;
  }
  return members.subarray(0, size).sort().reverse();
}

/** The number of the class in which `parts` add up to `goal`, and what those before it add up to; the last one if none. */
function classWith(parts: readonly number[], goal: number): readonly [c: number, before: number] {
  let c = 0;
  let before = 0;
  while (c < CLASSES - 1 && before + (parts[c] ?? 0) < goal) before += parts[c++] ?? 0;
  return [c, before];
}

/** The cut after the most likely `most`. */
function mostLikely(logits: readonly number[], scale: Scale, most: number): Cut {
  countClasses(logits, scale);
  const [c, before] = classWith(work.counts, most);
  const members = membersOf(c, logits, false).subarray(0, most - before);
  const least = members.at(-1) ?? -Infinity;
  return { least, ties: members.length - members.indexOf(least) };
}

/** The cut after the fewest tokens, of those kept so far, that reach the share `topP` of their mass; their sum too. */
function nucleus(
  logits: readonly number[],
  scale: Scale,
  kept: Cut,
  topP: number,
): Cut & { readonly sum: number } {
  const goal = topP * weigh(logits, scale, kept, true);
  const [c, before] = classWith(work.sums, goal);
  let least = -Infinity;
  let ties = 0;
  let sum = before;
  for (const logit of membersOf(c, logits, true)) {
    ties = logit === least ? ties + 1 : 1;
    least = logit;
    sum += Math.exp(((logit - scale.top) * scale.perLogit) / STEPS);
    if (sum >= goal) break;
  }
  return { least, ties, sum };
}

/** Takes the masses of tokens below the share `minP` of the most likely one away; gives the sum of those of a cut. */
function takeUnlikely(logits: readonly number[], { least, ties }: Cut, minP: number): number {
  const { masses } = work;
  let sum = 0;
  let open = ties;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    const m = masses[i] ?? 0;
    if (m < minP) masses[i] = 0;
    else if (logit > least || (logit === least && open-- > 0)) sum += m;
  }
  return sum;
}

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
    const extent = extentOf(penalised);
    const id = this.options.temperature === 0 ? extent.best : this.drawnFrom(work.logits, extent, rng);
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

  private drawnFrom(logits: readonly number[], extent: Extent, rng: Rng): number {
    const { temperature, topK, topP, minP } = this.options;
    const scale = scaleOf(extent, temperature);
    const first = topK > 0 && topK < logits.length ? mostLikely(logits, scale, topK) : ALL;
    // No spread: V8 keeps the numbers of its result as objects, and what compares with them makes more.
    const kept =
      topP < 1
        ? nucleus(logits, scale, first, topP)
        : { least: first.least, ties: first.ties, sum: weigh(logits, scale, first, false) };
    const sum = minP > 0 ? takeUnlikely(logits, kept, minP) : kept.sum;
    return tokenAt(logits, kept, rng.uniform() * sum);
  }
}

/** The token of a cut at whose mass the sum of masses passes `goal`. */
function tokenAt(logits: readonly number[], { least, ties }: Cut, goal: number): number {
  const { masses } = work;
  let sum = 0;
  let open = ties;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    if (logit === least && open-- <= 0) continue;
    // A factor, not a branch: which tokens are kept is hard to foresee, and each wrong guess costs as much as ten tokens.
    sum += (masses[i] ?? 0) * Number(logit >= least);
    if (sum > goal) return i;
  }
  // Rounding left a rest past the last token that is kept.
  return tokenAt(logits, { least, ties }, goal * (1 - 1e-9));
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
