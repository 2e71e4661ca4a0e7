import { DataError, ShapeError } from '../../src/core/errors.js';
import type { Rng } from '../../src/core/rng.js';
import { made, optionsCheck } from '../../src/core/options.js';
import { count as whole } from '../../src/core/schema.js';

/** What a permutation test found. */
export interface PermutationTest {
  /** P value on both sides. */
  readonly p: number;
  /** Whether all sign patterns were counted, or a sample of them. */
  readonly exact: boolean;
}

/** Pairs up to which all sign patterns are counted: 2^15 with one sign fixed. */
export const EXACT_PAIRS = 16;

/** Rounding that still counts as equal, as a part of the sum of sizes. */
const TIE = 1e-9;

/** Share of all sign patterns whose sum is at least as far from 0, one flip at a time by a Gray code. */
function exactShare(sizes: readonly number[], reach: number): number {
  const signs = sizes.map(() => 1);
  let sum = sizes.reduce((total, size) => total + size, 0);
  const patterns = 2 ** (sizes.length - 1);
  let count = 0;
  for (let i = 0; i < patterns; i++) {
    if (i > 0) {
      // The lowest set bit of i says which sign flips; the last never does, as both signs count alike.
      const flip = 31 - Math.clz32(i & -i);
      const sign = signs[flip] ?? 1;
      signs[flip] = -sign;
      sum -= 2 * sign * (sizes[flip] ?? 0);
    }
    if (Math.abs(sum) >= reach) count += 1;
  }
  return count / patterns;
}

function sampledShare(sizes: readonly number[], reach: number, rng: Rng, samples: number): number {
  let count = 0;
  for (let i = 0; i < samples; i++) {
    let sum = 0;
    for (const size of sizes) sum += rng.uint32() & 1 ? size : -size;
    if (Math.abs(sum) >= reach) count += 1;
  }
  return (count + 1) / (samples + 1);
}

const checkOptions = optionsCheck<{ readonly rng: Rng; readonly samples?: number }>({
  rng: made<Rng>('a random stream'),
  samples: whole.optional(),
});

/**
 * Paired permutation test that differences are as likely above as below 0, by flipping their signs.
 *
 *   p = share of sign patterns s with |sum s_i d_i| >= |sum d_i|
 *
 * Exact up to 16 pairs; above, from `samples` random patterns, the pattern seen among them, so that the level holds.
 * Assumes only that under the null the two of a pair could be exchanged. With n pairs p is never below 2^(1 - n).
 * @throws ShapeError when there are no differences; DataError when their sum is not finite.
 * Source: Fisher 1935, The Design of Experiments, section 21; the sampled form, Phipson and Smyth 2010,
 * Stat. Appl. Genet. Mol. Biol. 9:39.
 */
export function signFlipTest(
  differences: readonly number[],
  options: { readonly rng: Rng; readonly samples?: number },
): PermutationTest {
  const { rng, samples = 20_000 } = checkOptions('signFlipTest', options);
  if (differences.length === 0)
    throw new ShapeError('sign flip test: expected at least one difference, got none');
  const sizes = differences.map(Math.abs);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const reach = Math.abs(differences.reduce((sum, difference) => sum + difference, 0)) - TIE * total;
  if (!Number.isFinite(reach)) {
    throw new DataError(
      `sign flip test: expected finite differences with a finite sum, got ${differences.slice(0, 8).join(', ')}; leave out runs that diverged`,
    );
  }
  return differences.length <= EXACT_PAIRS
    ? { p: exactShare(sizes, reach), exact: true }
    : { p: sampledShare(sizes, reach, rng, samples), exact: false };
}

/** The smallest p value that a sign flip test of n pairs can give: 2^(1 - n). */
export function smallestPermutationP(pairs: number): number {
  return 2 ** (1 - pairs);
}

/** Fewest pairs with which a sign flip test can reach the level: the least n with 2^(1 - n) <= level. */
export function pairsForLevel(level: number): number {
  let pairs = 1;
  while (smallestPermutationP(pairs) > level) pairs += 1;
  return pairs;
}
