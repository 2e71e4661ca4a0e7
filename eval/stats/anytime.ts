import { ShapeError } from '../../src/core/errors.js';
import { normalCdf } from './normal.js';

/** Effects, in standard deviations of a difference, that stakes are sized for; an equal part of the wealth each. */
const EFFECTS = [0.4, 0.8, 1.6, 4].map((effect) => ({ effect, sure: 2 * normalCdf(effect) - 1 }));

/** Differences that must have been seen before their spread sizes a stake. */
const SPREAD_FROM = 3;

/** How strongly paired differences speak against a centre, as e-values: at most 1 on average where there is nothing to find. */
export interface Evidence {
  /** Against differences that lie around the centre or below it. */
  readonly above: number;
  /** Against differences that lie around the centre or above it. */
  readonly below: number;
}

/** log(1 + tanh x), exact far below 0. */
function logStake(x: number): number {
  return x > 0 ? Math.LN2 - Math.log1p(Math.exp(-2 * x)) : Math.LN2 + 2 * x - Math.log1p(Math.exp(2 * x));
}

/** 0 for what may be no more than rounding in numbers of this size: equal scores win no bet. */
function withoutRounding(value: number, size: number): number {
  return Math.abs(value) <= 1e-9 * size ? 0 : value;
}

/** Standard deviation of the numbers before each place; 0 while they are too few, or equal. */
function spreadsBefore(values: readonly number[]): number[] {
  let [mean, squares, largest] = [0, 0, 0];
  return values.map((value, seen) => {
    const spread = seen < SPREAD_FROM ? 0 : withoutRounding(Math.sqrt(squares / (seen - 1)), largest);
    largest = Math.max(largest, Math.abs(value));
    const step = value - mean;
    mean += step / (seen + 1);
    squares += step * (value - mean);
    return spread;
  });
}

function meanExp(logs: readonly number[]): number {
  return logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length;
}

/**
 * The evidence after each paired difference that their centre is another one, valid however often one looks.
 *
 *   above_n = mean over effects h of prod_{i <= n} (1 + b_i),   below_n = the same with 1 - b_i
 *   b_i = tanh(h (d_i - centre) / s_{i-1}),   s_{i-1} = standard deviation of d_1 .. d_{i-1}
 *   b_i = (2 Phi(h) - 1) sign(d_i - centre)   while i <= 3 or s_{i-1} = 0
 *
 * A bet on the side of the next difference whose stake is fixed before it is seen, so that differences which lie
 * symmetrically around the centre win nothing on average: the chance that `above` ever reaches 1/a is at most a, at any
 * number of looks, whatever the shape and spread of the differences, ties included. Stakes are those that grow the
 * wealth fastest for normal differences h standard deviations from the centre. `above` falls as the centre rises.
 *
 * Assumes that differences of different seeds are independent and, where there is nothing to find, symmetric around the
 * centre, as are those of two variants that could be exchanged. One that has the same mean but another shape can count
 * as different.
 * @throws ShapeError when a difference or the centre is not finite.
 * Source: betting, Waudby-Smith and Ramdas 2024, J. R. Stat. Soc. B 86:1 (arXiv:2010.09686); the exponential of a
 * symmetric difference, de la Pena 1999, Ann. Probab. 27:537; looks at any time by Ville's inequality.
 */
export function evidencePath(differences: readonly number[], centre = 0): Evidence[] {
  if (![...differences, centre].every(Number.isFinite)) {
    throw new ShapeError(
      `anytime test: expected finite differences around a finite centre, got ${differences.slice(0, 8).join(', ')} around ${centre}`,
    );
  }
  const spreads = spreadsBefore(differences);
  const [above, below] = [EFFECTS.map(() => 0), EFFECTS.map(() => 0)];
  return differences.map((difference, i) => {
    const spread = spreads[i] ?? 0;
    const x = withoutRounding(difference - centre, Math.max(Math.abs(difference), Math.abs(centre)));
    for (const [h, { effect, sure }] of EFFECTS.entries()) {
      const won = (side: 1 | -1): number =>
        spread > 0 ? logStake((side * effect * x) / spread) : Math.log1p(side * sure * Math.sign(x));
      above[h] = (above[h] ?? 0) + won(1);
      below[h] = (below[h] ?? 0) + won(-1);
    }
    return { above: meanExp(above), below: meanExp(below) };
  });
}

/** The e-value against the centre itself, on both sides: the mean of the two. */
export function twoSided({ above, below }: Evidence): number {
  return (above + below) / 2;
}

/** Halvings that find the bound of an interval. */
const HALVINGS = 45;

/** The centre above which the evidence, which falls, is below the threshold; null where no centre is refuted. */
function boundOf(differences: readonly number[], threshold: number, side: keyof Evidence): number | null {
  const sign = side === 'above' ? 1 : -1;
  const refuted = (centre: number): boolean =>
    (evidencePath(differences, centre).at(-1)?.[side] ?? 0) >= threshold;
  const [least, greatest] = [Math.min(...differences), Math.max(...differences)];
  // Beyond this no stake grows any more.
  const reach = 50 * (greatest - least) + Math.max(Math.abs(least), Math.abs(greatest), Number.MIN_VALUE);
  let [out, kept] = side === 'above' ? [least - reach, greatest + reach] : [greatest + reach, least - reach];
  if (!refuted(out)) return null;
  for (let i = 0; i < HALVINGS && (kept - out) * sign > 0; i++) {
    const middle = (out + kept) / 2;
    if (refuted(middle)) out = middle;
    else kept = middle;
  }
  return kept;
}

/**
 * The centres of paired differences that the evidence does not refute at this level: an interval that covers the true
 * centre with probability 1 - level after every difference at once, however often one looks.
 *
 * A bound is null where differences are too few for one: both are below 6 differences at 0.05.
 * @throws ShapeError as `evidencePath`.
 */
export function anytimeInterval(
  differences: readonly number[],
  level: number,
): { readonly low: number | null; readonly high: number | null } {
  if (differences.length === 0) return { low: null, high: null };
  const bounds = [
    boundOf(differences, 2 / level, 'above'),
    boundOf(differences, 2 / level, 'below'),
  ] as const;
  const [low, high] = bounds;
  // Evidence against every centre, as differences that drift give, leaves none to name.
  return low !== null && high !== null && low > high ? { low: null, high: null } : { low, high };
}

/**
 * E-values that may be compared with 1/level all together: the chance of any false one among them is at most the level,
 * whatever their dependence.
 *
 *   adjusted_i = min over sets I that hold i of the mean of e_j over I
 *
 * which is i with the smallest others. Hypotheses that were refuted at an earlier look may be left out. In the order
 * given. Never less than Holm's method gives for p = 1/e.
 * Source: Vovk and Wang 2021, Ann. Stat. 49:1736, closed testing by means (arXiv:1912.06116); over looks, because
 * every set of true hypotheses has the mean of its e-values as one, which reaches 1/level with at most that chance.
 */
export function closedEValues(eValues: readonly number[]): number[] {
  const sorted = eValues.map((e, place) => ({ e, place })).sort((a, b) => a.e - b.e);
  return eValues.map((own, i) => {
    let [sum, count] = [own, 1];
    for (const { e, place } of sorted) {
      if (place === i) continue;
      if (e >= sum / count) break;
      sum += e;
      count += 1;
    }
    return sum / count;
  });
}
