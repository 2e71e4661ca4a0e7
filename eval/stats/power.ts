import { z } from 'zod';
import { ShapeError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { optionsCheck } from '../../src/core/options.js';
import { normalCdf, normalQuantile } from './normal.js';
import { EXACT_PAIRS, signFlipTest, smallestPermutationP } from './permutation.js';
import { studentCritical } from './studentT.js';

/** Tests of paired differences that a verdict can rest on. */
export type PairedTest = 'permutation' | 't';

/** What a test is asked to see. */
export interface PowerSetting {
  readonly test: PairedTest;
  /** Pairs, such as seeds. */
  readonly pairs: number;
  /** Level that p must not exceed, after all corrections. */
  readonly level: number;
}

const settingFields = { pairs: z.number(), level: z.number() };

const checkPairs = optionsCheck<Omit<PowerSetting, 'test'>>(settingFields);

const checkSetting = optionsCheck<PowerSetting>({ ...settingFields, test: z.enum(['permutation', 't']) });

const NODES = 160;
const BISECTIONS = 14;
const MANY_PAIRS = 300;
const MOST_PAIRS = 10_000;

/** Critical values found before: those of a grid are few and asked for often. */
const CRITICAL = new Map<string, number>();

function criticalAt(level: number, freedom: number): number {
  const key = `${level} ${freedom}`;
  const value = CRITICAL.get(key) ?? studentCritical(level, freedom);
  CRITICAL.set(key, value);
  return value;
}

/**
 * Probability that the paired t test sees a true effect.
 *
 *   power = P(|T| >= t_level),   T non-central t with n - 1 degrees of freedom and shift d sqrt(n)
 *         = E over S of Phi(shift - t S) + Phi(-shift - t S),   S = sqrt(chi^2 / (n - 1))
 *
 * by Simpson's rule over S; error below 1e-4. `effect` is d, the mean over the standard deviation of differences,
 * which are taken to be normal. 0 under two pairs.
 */
export function pairedTPower(effect: number, setting: Omit<PowerSetting, 'test'>): number {
  const { pairs, level } = checkPairs('pairedTPower', setting);
  if (pairs < 2) return 0;
  const freedom = pairs - 1;
  const critical = criticalAt(level, freedom);
  const shift = Math.abs(effect) * Math.sqrt(pairs);
  const end = 1 + 9 / Math.sqrt(2 * freedom);
  let [top, bottom] = [0, 0];
  for (let i = 1; i <= NODES; i++) {
    // Places denser towards 0, where few pairs have most of what they see.
    const u = i / NODES;
    const s = end * u * u;
    const simpson = i === NODES ? 1 : i % 2 === 1 ? 4 : 2;
    const weight = simpson * u * Math.exp((freedom - 1) * Math.log(s) - (freedom * (s * s - 1)) / 2);
    top += weight * (normalCdf(shift - critical * s) + normalCdf(-shift - critical * s));
    bottom += weight;
  }
  return top / bottom;
}

/** Share of simulated normal samples with this effect that the permutation test rejects. */
function permutationPower(effect: number, level: number, noise: readonly Float32Array[], rng: Rng): number {
  const seen = noise.filter(
    (sample) =>
      signFlipTest(
        Array.from(sample, (z) => z + effect),
        { rng },
      ).p <= level,
  );
  return seen.length / noise.length;
}

/** Power as a function of the effect. */
function powerCurve({ test, pairs, level }: PowerSetting, simulations: number): (effect: number) => number {
  // Beyond exact counting the two tests agree within the error of the simulation.
  if (test === 't' || pairs > EXACT_PAIRS) return (effect) => pairedTPower(effect, { pairs, level });
  const rng = Rng.fromSeed(pairs).derive('power');
  const draws = Math.max(100, Math.min(simulations, Math.floor(4e6 / 2 ** pairs)));
  const noise = Array.from({ length: draws }, () => rng.normals(pairs));
  return (effect) => permutationPower(effect, level, noise, rng);
}

/**
 * The smallest true effect that the test sees with the wanted probability, in standard deviations of a difference.
 *
 * For the t test from the non-central t distribution; for the permutation test by simulating normal differences.
 * Infinite where the test can never reach the level: under two pairs, or a permutation test with 2^(1 - n) above it.
 * @throws ShapeError unless pairs is a whole number from 0 up, and level and power lie between 0 and 1.
 */
export function detectableEffect(setting: PowerSetting, power = 0.8, simulations = 1000): number {
  const { test, pairs, level } = checkSetting('detectableEffect', setting);
  if (!Number.isInteger(pairs) || pairs < 0 || !(level > 0 && level < 1) || !(power > 0 && power < 1)) {
    throw new ShapeError(
      `detectable effect: expected whole pairs from 0 up, level and power between 0 and 1, got ${pairs}, ${level} and ${power}`,
    );
  }
  if (pairs < 2 || (test === 'permutation' && smallestPermutationP(pairs) > level)) return Infinity;
  const key = [test, pairs, level, power, simulations].join(' ');
  const effect = FOUND.get(key) ?? searchEffect(setting, power, simulations);
  FOUND.set(key, effect);
  return effect;
}

/** Effects found before: the same for most pairs of a grid, and a simulation is costly. */
const FOUND = new Map<string, number>();

/** The effect at which the power is reached, by doubling and bisection. */
function searchEffect(setting: PowerSetting, power: number, simulations: number): number {
  const curve = powerCurve(setting, simulations);
  let [low, high] = [0, 1];
  while (curve(high) < power) [low, high] = [high, high * 2];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (curve(middle) < power) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Where the search for pairs starts: what normal differences of known spread would need. */
function firstGuess(effect: number, level: number, power: number): number {
  const reach = (normalQuantile(1 - level / 2) + normalQuantile(power)) / effect;
  return Math.max(2, Math.ceil(reach * reach));
}

/**
 * Fewest pairs with which the t test sees this effect with the wanted probability; infinite for no effect.
 *
 * `effect` as in `pairedTPower`. Above 300 pairs by the normal distribution, less than 1 % off; infinite also above ten thousand pairs.
 */
export function pairsNeeded(effect: number, level: number, power = 0.8): number {
  let pairs = firstGuess(Math.abs(effect), level, power);
  if (pairs > MANY_PAIRS) return pairs <= MOST_PAIRS ? pairs : Infinity;
  const sees = (count: number): boolean => pairedTPower(effect, { pairs: count, level }) >= power;
  while (!sees(pairs)) pairs += 1;
  while (pairs > 2 && sees(pairs - 1)) pairs -= 1;
  return pairs;
}
