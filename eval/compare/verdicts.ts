import type { Rng } from '../../src/core/rng.js';
import { holm } from '../stats/holm.js';
import { meanInterval, type IntervalMethod } from '../stats/meanInterval.js';
import { effectSize, moments, pairedTTest } from '../stats/paired.js';
import { pairsForLevel, signFlipTest, smallestPermutationP } from '../stats/permutation.js';
import { detectableEffect, pairsNeeded, type PairedTest } from '../stats/power.js';
import type { PairVerdict } from './comparison.js';
import { rangeOf, type TaskGroup, type VariantGroup } from './groups.js';
import { verdictText } from './verdictText.js';

/** How verdicts are made. */
interface VerdictOptions {
  /** Chance of any false verdict in the family. */
  readonly level: number;
  /** Chance to see a difference that `detectable` and `seedsNeeded` speak of. */
  readonly power: number;
  /** Test that decides; by the number of seeds unless given. */
  readonly test?: PairedTest | undefined;
  readonly interval?: IntervalMethod | undefined;
  readonly rng: Rng;
}

/** Two variants of a task and how far apart they were in each seed that both finished. */
export interface Pair {
  readonly group: TaskGroup;
  readonly a: VariantGroup;
  readonly b: VariantGroup;
  readonly seeds: readonly number[];
  /** Test of a minus test of b, a seed. */
  readonly differences: readonly number[];
}

/** Every two variants of a task. */
export function pairsOf(group: TaskGroup): Pair[] {
  return group.variants.flatMap((a, i) =>
    group.variants.slice(i + 1).map((b) => {
      const common = [...a.done].flatMap(([seed, row]) => {
        const other = b.done.get(seed);
        return other ? [{ seed, difference: row.test - other.test }] : [];
      });
      common.sort((x, y) => x.seed - y.seed);
      return {
        group,
        a,
        b,
        seeds: common.map(({ seed }) => seed),
        differences: common.map(({ difference }) => difference),
      };
    }),
  );
}

/** A pair is tested when at least two seeds finished on both sides, and their differences can be reckoned with. */
function isTestable({ differences }: Pair): boolean {
  if (differences.length < 2) return false;
  const { mean, sd } = moments(differences);
  return Number.isFinite(mean) && Number.isFinite(sd);
}

/** The P values of a pair before correction and the test that decides. */
interface Tested {
  readonly pair: Pair;
  readonly test: PairedTest;
  readonly pT: number | null;
  readonly pPermutation: number;
  readonly p: number;
}

/**
 * The permutation test decides where its smallest p, corrected, can reach the level; else the paired t test, which
 * can with few seeds because it takes differences to be normal. The choice looks at no result, so it costs no level.
 */
function decidingTest(pairs: number, family: number, { test, level }: VerdictOptions): PairedTest {
  return test ?? (smallestPermutationP(pairs) <= level / family ? 'permutation' : 't');
}

function runTests(pair: Pair, family: number, options: VerdictOptions): Tested {
  const { differences, group, a, b } = pair;
  const rng = options.rng.derive('permutation', group.task, a.label, b.label);
  const pT = pairedTTest(differences);
  const pPermutation = signFlipTest(differences, { rng }).p;
  const wanted = decidingTest(differences.length, family, options);
  const test = wanted === 't' && pT === null ? 'permutation' : wanted;
  return { pair, test, pT, pPermutation, p: test === 't' && pT !== null ? pT : pPermutation };
}

/** What the spread of the differences says of the power to see one. */
function powerOf({ pair, test }: Tested, family: number, { level, power }: VerdictOptions) {
  const { n, mean, sd } = moments(pair.differences);
  const known = sd > 0;
  return {
    detectable: known ? detectableEffect({ test, pairs: n, level: level / family }, power) * sd : null,
    seedsNeeded: known && mean !== 0 ? pairsNeeded(mean / sd, level / family, power) : null,
  };
}

function outcomeOf(
  difference: number,
  pHolm: number,
  { best }: TaskGroup,
  level: number,
): PairVerdict['outcome'] {
  if (!(pHolm <= level) || difference === 0) return 'undecided';
  return difference > 0 === (best === 'high') ? 'better' : 'worse';
}

function verdict(tested: Tested, pHolm: number, family: number, options: VerdictOptions) {
  const { pair, test, p, pT, pPermutation } = tested;
  const { a, b, differences, seeds, group } = pair;
  const rng = options.rng.derive('difference', group.task, a.label, b.label);
  const [least, greatest] = rangeOf(group) ?? [-Infinity, Infinity];
  const interval = meanInterval(differences, {
    rng,
    level: 1 - options.level,
    method: options.interval,
    range: [least - greatest, greatest - least],
  });
  const smallestP = smallestPermutationP(seeds.length);
  const numbers = {
    a: a.label,
    b: b.label,
    seeds,
    difference: interval.value,
    low: interval.low,
    high: interval.high,
    intervalMethod: interval.method,
    test,
    p,
    pHolm,
    pT,
    pPermutation,
    smallestP,
    smallestPHolm: Math.min(1, smallestP * family),
    seedsForPermutation: pairsForLevel(options.level / family),
    ...effectSize(differences),
    ...powerOf(tested, family, options),
    outcome: outcomeOf(interval.value, pHolm, group, options.level),
  };
  return { ...numbers, text: verdictText({ ...numbers, text: '' }, group, options) };
}

function untested(
  { group, a, b, seeds, differences }: Pair,
  family: number,
  options: VerdictOptions,
): PairVerdict {
  const numbers: PairVerdict = {
    a: a.label,
    b: b.label,
    seeds,
    difference: differences.length === 1 && Number.isFinite(differences[0]) ? (differences[0] ?? null) : null,
    low: null,
    high: null,
    intervalMethod: 't',
    test: 't',
    p: null,
    pHolm: null,
    pT: null,
    pPermutation: null,
    smallestP: null,
    smallestPHolm: null,
    seedsForPermutation: pairsForLevel(options.level / Math.max(1, family)),
    cohenD: null,
    hedgesG: null,
    detectable: null,
    seedsNeeded: null,
    outcome: 'untested',
    text: '',
  };
  return { ...numbers, text: verdictText(numbers, group, options) };
}

/**
 * A verdict for each pair, corrected by Holm over all that can be tested: one family.
 *
 * In the order given.
 */
export function judge(pairs: readonly Pair[], options: VerdictOptions): PairVerdict[] {
  const family = pairs.filter(isTestable).length;
  const tested = pairs.filter(isTestable).map((pair) => runTests(pair, family, options));
  const corrected = holm(tested.map(({ p }) => p));
  const judged = new Map(tested.map((test, i) => [test.pair, { test, pHolm: corrected[i] ?? 1 }]));
  return pairs.map((pair) => {
    const found = judged.get(pair);
    return found ? verdict(found.test, found.pHolm, family, options) : untested(pair, family, options);
  });
}
