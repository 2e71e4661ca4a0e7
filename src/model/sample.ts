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
}

const checkNames = optionsCheck<SampleOptions>({
  temperature: z.any().optional(),
  topK: z.any().optional(),
  topP: z.any().optional(),
});

function checkOptions(options: SampleOptions): Required<SampleOptions> {
  const { temperature = 1, topK = 0, topP = 1 } = checkNames('sample', options);
  if (!(Number.isFinite(temperature) && temperature >= 0)) {
    throw new ConfigError(`sample.temperature: expected a number of at least 0, got ${temperature}`);
  }
  if (!(Number.isSafeInteger(topK) && topK >= 0)) {
    throw new ConfigError(`sample.topK: expected a whole number of at least 0, got ${topK}`);
  }
  if (!(topP > 0 && topP <= 1)) {
    throw new ConfigError(`sample.topP: expected a number above 0 and at most 1, got ${topP}`);
  }
  return { temperature, topK, topP };
}

/** Index of the largest logit, the first of equals. Plain loops here and below: they run once per token. */
function mostLikely(logits: Float32Array): number {
  if (logits.length === 0) throw new ConfigError('sample: expected at least one logit, got none');
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    if (!Number.isFinite(logit)) {
      throw new NonFiniteError(`sample: expected finite logits, got ${logit} for token ${i}`);
    }
    if (logit > (logits[best] ?? 0)) best = i;
  }
  return best;
}

/** exp((logit - top) / temperature): probabilities but for their sum. */
function masses(logits: Float32Array, top: number, temperature: number): Float64Array {
  const mass = new Float64Array(logits.length);
  for (let i = 0; i < mass.length; i++) mass[i] = Math.exp(((logits[i] ?? 0) - top) / temperature);
  return mass;
}

function sumOf(mass: Float64Array): number {
  let sum = 0;
  let i = 0;
  while (i < mass.length) sum += mass[i++] ?? 0; // by index: a draw takes two thirds of the time
  return sum;
}

/** How many masses pass. */
function count(mass: Float64Array, passes: (m: number) => boolean): number {
  let passed = 0;
  let i = 0;
  while (i < mass.length) if (passes(mass[i++] ?? 0)) passed++;
  return passed;
}

/** Sets to 0 all but the `count` largest, the least of which is `least`; of equals the first stay. */
function keepLargest(mass: Float64Array, kept: number, least: number): void {
  let ties = kept - count(mass, (m) => m > least);
  for (let i = 0; i < mass.length; i++) {
    const m = mass[i] ?? 0;
    if (m > least || (m === least && ties-- > 0)) continue;
    mass[i] = 0;
  }
}

function keepTop(mass: Float64Array, kept: number): void {
  if (kept >= mass.length) return;
  keepLargest(mass, kept, mass.slice().sort()[mass.length - kept] ?? 0);
}

/** The masses of at least `floor`; `filter` would take most of a draw's time. */
function above(mass: Float64Array, floor: number): Float64Array {
  const kept = new Float64Array(count(mass, (m) => m >= floor));
  let next = 0;
  let i = 0;
  while (i < mass.length) {
    const m = mass[i++] ?? 0;
    if (m >= floor) kept[next++] = m;
  }
  return kept;
}

/**
 * Keeps the fewest of the largest that reach the share `topP` of the sum. Masses below an equal share of the
 * rest together hold no more than the rest, so only the others need sorting.
 */
function keepNucleus(mass: Float64Array, topP: number): void {
  const total = sumOf(mass);
  const floor = ((1 - topP) * total) / mass.length;
  const sorted = above(mass, floor).sort();
  let [reached, kept] = [0, 0];
  while (kept < sorted.length && reached < topP * total) reached += sorted[sorted.length - ++kept] ?? 0;
  keepLargest(mass, kept, sorted[sorted.length - kept] ?? 0);
}

/** Draws an index in proportion to the masses. */
function draw(mass: Float64Array, rng: Rng): number {
  let left = rng.uniform() * sumOf(mass);
  let last = 0;
  for (let i = 0; i < mass.length; i++) {
    const m = mass[i] ?? 0;
    if (m === 0) continue;
    if (left < m) return i;
    left -= m;
    last = i;
  }
  // Rounding may leave a rest past the last token.
  return last;
}

/** Draws a token id from logits; the same stream gives the same tokens. */
export type Sampler = (logits: Float32Array, rng: Rng) => number;

/**
 * A function that draws as `sample` does, its options checked once.
 *
 * @throws ConfigError for an option out of range.
 */
export function createSampler(options: SampleOptions): Sampler {
  const { temperature, topK, topP } = checkOptions(options);
  return (logits, rng) => {
    const best = mostLikely(logits);
    if (temperature === 0) return best;
    const mass = masses(logits, logits[best] ?? 0, temperature);
    if (topK > 0) keepTop(mass, topK);
    if (topP < 1) keepNucleus(mass, topP);
    return draw(mass, rng);
  };
}

/**
 * Draws a token id: temperature first, then the k most likely, then of these the nucleus of topP.
 *
 *   p_i = exp(logit_i / temperature) / sum
 *
 * The same stream gives the same tokens; temperature 0 draws nothing.
 * @throws ConfigError for an option out of range, NonFiniteError for a logit that is no finite number.
 * Source: nucleus sampling, Holtzman et al. 2019, arXiv:1904.09751.
 */
export function sample(logits: Float32Array, options: SampleOptions, rng: Rng): number {
  return createSampler(options)(logits, rng);
}
