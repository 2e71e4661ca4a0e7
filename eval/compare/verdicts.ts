import type { Rng } from '../../src/core/rng.js';
import { anytimeInterval } from '../stats/anytime.js';
import { holm } from '../stats/holm.js';
import { meanInterval, within, type IntervalMethod, type Range } from '../stats/meanInterval.js';
import { effectSize, moments, pairedTTest } from '../stats/paired.js';
import { pairsForLevel, signFlipTest, smallestPermutationP } from '../stats/permutation.js';
import { detectableEffect, pairsNeeded, type PairedTest } from '../stats/power.js';
import type { PairVerdict } from './comparison.js';
import { rangeOf, type TaskGroup, type VariantGroup } from './groups.js';
import { decideSequentially, type SequentialVerdict } from './sequential.js';
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
  /** Whether results were looked at while seeds were added, and the number of seeds depends on what was seen. */
  readonly sequential: boolean;
  /** How far apart two variants of a task may be and still count as equal; 0 for never. */
  readonly marginOf: (group: TaskGroup) => number;
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
function isTestable(pair: Pair): boolean {
  return pair.differences.length >= 2 && isFinitePair(pair);
}

function isFinitePair({ differences }: Pair): boolean {
  if (differences.length === 0) return true;
  const { n, mean, sd } = moments(differences);
  return Number.isFinite(mean) && (n < 2 || Number.isFinite(sd));
}

/** The P values of a pair before correction and the test that decides. */
interface Tested {
  readonly pair: Pair;
  readonly test: PairedTest;
  readonly pT: number | null;
  readonly pPermutation: number;
  readonly p: number;
  /** That the two are as far apart as the margin, by the test that decides; null without a margin. */
  readonly pApart: number | null;
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
  const pOf = (values: readonly number[]): number =>
    (test === 't' ? pairedTTest(values) : null) ?? signFlipTest(values, { rng }).p;
  const margin = options.marginOf(group);
  return { pair, test, pT, pPermutation, p: pOf(differences), pApart: pOfDistance(differences, margin, pOf) };
}

/**
 * P value that two are at least as far apart as the margin: the larger of those of its two ends, each on both sides, so
 * that it is at most 1 - c where the interval of coverage c lies inside the margin.
 */
function pOfDistance(
  differences: readonly number[],
  margin: number,
  pOf: (differences: readonly number[]) => number,
): number | null {
  if (margin <= 0) return null;
  if (Math.abs(moments(differences).mean) >= margin) return 1;
  return Math.max(...[-margin, margin].map((end) => pOf(differences.map((difference) => difference - end))));
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

/** What tests found of a pair after correction. */
interface Corrected {
  readonly pHolm: number;
  readonly pEquivalent: number | null;
}

/** A pair that differs is not said to be equivalent as well, however small the difference. */
function outcomeOf(
  difference: number,
  { pHolm, pEquivalent }: Corrected,
  { best }: TaskGroup,
  level: number,
): PairVerdict['outcome'] {
  if (pHolm <= level && difference !== 0) return difference > 0 === (best === 'high') ? 'better' : 'worse';
  return pEquivalent !== null && pEquivalent <= level ? 'equivalent' : 'undecided';
}

/** Of what the differences of a task can be: nothing beyond the length of the range of its scores. */
function differenceRange(group: TaskGroup): Range {
  const [least, greatest] = rangeOf(group) ?? [-Infinity, Infinity];
  return [least - greatest, greatest - least];
}

function verdict(tested: Tested, corrected: Corrected, family: number, options: VerdictOptions): PairVerdict {
  const { pair, test, p, pT, pPermutation } = tested;
  const { a, b, differences, seeds, group } = pair;
  const rng = options.rng.derive('difference', group.task, a.label, b.label);
  const interval = meanInterval(differences, {
    rng,
    level: 1 - options.level,
    method: options.interval,
    range: differenceRange(group),
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
    ...corrected,
    margin: options.marginOf(group),
    decidedAfter: null,
    pT,
    pPermutation,
    smallestP,
    smallestPHolm: Math.min(1, smallestP * family),
    seedsForPermutation: pairsForLevel(options.level / family),
    ...effectSize(differences),
    ...powerOf(tested, family, options),
    outcome: outcomeOf(interval.value, corrected, group, options.level),
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
    margin: options.marginOf(group),
    pEquivalent: null,
    decidedAfter: null,
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

/** The verdict of a pair that was looked at after every seed. */
function sequentialVerdict(pair: Pair, found: SequentialVerdict, options: VerdictOptions): PairVerdict {
  const { a, b, differences, seeds, group } = pair;
  const { mean } = moments(differences);
  const { p, pCorrected, pEquivalent, decidedAfter } = found;
  const interval = within(anytimeInterval(differences, options.level), differenceRange(group));
  const aIsBetter = (found.outcome === 'above') === (group.best === 'high');
  const decided = found.outcome === 'above' || found.outcome === 'below';
  const numbers: PairVerdict = {
    ...untested(pair, 1, options),
    a: a.label,
    b: b.label,
    seeds,
    difference: mean,
    ...interval,
    intervalMethod: 'anytime',
    test: 'anytime',
    p,
    pHolm: pCorrected,
    pEquivalent,
    decidedAfter,
    seedsForPermutation: null,
    ...effectSize(differences),
    outcome: decided
      ? aIsBetter
        ? 'better'
        : 'worse'
      : found.outcome === 'equivalent'
        ? 'equivalent'
        : 'undecided',
    text: '',
  };
  return { ...numbers, text: verdictText(numbers, group, options) };
}

/** What the pairs of a family come to when they are looked at after every seed, in the order given. */
export function decideInOrder(
  pairs: readonly Pair[],
  { level, marginOf }: Pick<VerdictOptions, 'level' | 'marginOf'>,
): SequentialVerdict[] {
  // Differences that cannot be reckoned with count as none: the pair keeps its place in the correction.
  const looked = pairs.map((pair) => ({
    seeds: isFinitePair(pair) ? pair.seeds : [],
    differences: isFinitePair(pair) ? pair.differences : [],
    margin: marginOf(pair.group),
  }));
  return decideSequentially(looked, level);
}

function judgeSequentially(pairs: readonly Pair[], options: VerdictOptions): PairVerdict[] {
  const found = decideInOrder(pairs, options);
  return pairs.map((pair, i) => {
    const own = found[i];
    return own && isTestable(pair)
      ? sequentialVerdict(pair, own, options)
      : untested(pair, pairs.length, options);
  });
}

/**
 * A verdict for each pair, corrected over all: by Holm over those that can be tested, or by closed testing where seeds
 * were added while looking.
 *
 * In the order given.
 */
export function judge(pairs: readonly Pair[], options: VerdictOptions): PairVerdict[] {
  if (options.sequential) return judgeSequentially(pairs, options);
  const family = pairs.filter(isTestable).length;
  const tested = pairs.filter(isTestable).map((pair) => runTests(pair, family, options));
  const corrected = holm(tested.map(({ p }) => p));
  const equivalent = holm(tested.map(({ pApart }) => pApart ?? 1));
  const judged = new Map(
    tested.map((test, i) => {
      const pEquivalent = test.pApart === null ? null : (equivalent[i] ?? 1);
      return [test.pair, { test, corrected: { pHolm: corrected[i] ?? 1, pEquivalent } }];
    }),
  );
  return pairs.map((pair) => {
    const found = judged.get(pair);
    return found ? verdict(found.test, found.corrected, family, options) : untested(pair, family, options);
  });
}
