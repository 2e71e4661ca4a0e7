import { ConfigError, NonFiniteError } from '../core/errors.js';
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

function checkOptions({ temperature = 1, topK = 0, topP = 1 }: SampleOptions): Required<SampleOptions> {
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

/** Index of the largest logit, the first of equals. */
function mostLikely(logits: Float32Array): number {
  let best = -1;
  for (const [i, logit] of logits.entries()) {
    if (!Number.isFinite(logit)) {
      throw new NonFiniteError(`sample: expected finite logits, got ${logit} for token ${i}`);
    }
    if (best < 0 || logit > (logits[best] ?? 0)) best = i;
  }
  if (best < 0) throw new ConfigError('sample: expected at least one logit, got none');
  return best;
}

/** exp((logit - top) / temperature): probabilities but for their sum. */
function masses(logits: Float32Array, top: number, temperature: number): Float64Array {
  return Float64Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
}

/** Sets to 0 all but the `count` largest; of equals the first stay. */
function keepLargest(mass: Float64Array, count: number): void {
  if (count >= mass.length) return;
  const threshold = mass.slice().sort()[mass.length - count] ?? 0;
  let ties = count - mass.reduce((sum, m) => sum + (m > threshold ? 1 : 0), 0);
  for (const [i, m] of mass.entries()) {
    if (m > threshold || (m === threshold && ties-- > 0)) continue;
    mass[i] = 0;
  }
}

/** How many of the largest reach the share `topP` of the whole sum. */
function countReaching(mass: Float64Array, topP: number): number {
  const sorted = mass.slice().sort().reverse();
  const goal = topP * sorted.reduce((sum, m) => sum + m, 0);
  let reached = 0;
  for (const [i, m] of sorted.entries()) {
    reached += m;
    if (reached >= goal) return i + 1;
  }
  return sorted.length;
}

/** Draws an index in proportion to the masses. */
function draw(mass: Float64Array, rng: Rng): number {
  let left = rng.uniform() * mass.reduce((sum, m) => sum + m, 0);
  let last = 0;
  for (const [i, m] of mass.entries()) {
    if (m === 0) continue;
    if (left < m) return i;
    left -= m;
    last = i;
  }
  // Rounding may leave a rest past the last token.
  return last;
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
  const { temperature, topK, topP } = checkOptions(options);
  const best = mostLikely(logits);
  if (temperature === 0) return best;
  const mass = masses(logits, logits[best] ?? 0, temperature);
  if (topK > 0) keepLargest(mass, topK);
  if (topP < 1) keepLargest(mass, countReaching(mass, topP));
  return draw(mass, rng);
}
