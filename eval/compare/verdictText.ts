import { counted } from '../../src/core/text.js';
import type { PairVerdict } from './comparison.js';
import type { TaskGroup } from './groups.js';
import { intervalInWords, inWords, pInWords } from './words.js';

type Subject = Pick<TaskGroup, 'metric' | 'unit' | 'best'>;

function amount(value: number, { unit, metric }: Subject): string {
  return `${inWords(value)} ${unit === '' ? metric : unit}`;
}

const TESTS = {
  t: 'paired t test',
  permutation: 'paired permutation test',
  anytime: 'anytime-valid test',
} as const;

/** What a permutation test can and cannot do with the seeds of a pair. */
export function permutationLimit({ seeds, smallestP, seedsForPermutation }: PairVerdict): string | undefined {
  if (smallestP === null || seedsForPermutation === null || seeds.length >= seedsForPermutation)
    return undefined;
  return `with ${counted(seeds.length, 'seed')} a permutation test cannot go below p = ${inWords(smallestP)}, and could decide from ${seedsForPermutation} seeds`;
}

/** Which test decided; why it could not, where it was one that could not. */
function basis(verdict: PairVerdict): string {
  const { test, seeds, pT, decidedAfter } = verdict;
  const after =
    decidedAfter === null || decidedAfter === seeds.length ? '' : `, decided after ${decidedAfter}`;
  const name = `${TESTS[test]}, ${counted(seeds.length, 'seed')}${after}`;
  const limit = permutationLimit(verdict);
  if (test !== 'permutation' || limit === undefined) return name;
  const equal = pT === null ? 'all differences are equal, of which the t test says nothing; ' : '';
  return `${name}; ${equal}${limit}`;
}

/** The p value after correction, with how it was corrected. */
function correctedP(p: number | null, { test }: PairVerdict): string {
  return `p (${test === 'anytime' ? 'corrected' : 'Holm'}) ${pInWords(p ?? 1)}`;
}

function decided(verdict: PairVerdict, subject: Subject): string {
  const { a, b, difference, low, high, pHolm, outcome } = verdict;
  const [better, worse] = outcome === 'better' ? [a, b] : [b, a];
  const up = (difference ?? 0) > 0;
  const bounds = up ? intervalInWords(low, high) : intervalInWords(negated(high), negated(low));
  const size = amount(Math.abs(difference ?? 0), subject);
  return `${better} is better than ${worse} by ${size}${bounds}, ${correctedP(pHolm, verdict)} (${basis(verdict)})`;
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}

/** How far apart a pair was, with its interval. */
function sizeOf({ difference, low, high }: PairVerdict, subject: Subject): string {
  return `${amount(difference ?? 0, subject)}${intervalInWords(low, high)}`;
}

function equivalent(verdict: PairVerdict, subject: Subject): string {
  const { a, b, margin, pEquivalent } = verdict;
  return `${a} and ${b} are equivalent within ${amount(margin, subject)} (${sizeOf(verdict, subject)}, ${correctedP(pEquivalent, verdict)}; ${basis(verdict)})`;
}

/** What differences this many seeds could have shown. */
function sight(
  { detectable, seeds, seedsNeeded, seedsForPermutation, test }: PairVerdict,
  subject: Subject,
  power: number,
): string {
  if (test === 'anytime') return '';
  if (detectable === null) return '; no spread was seen, so what could have been is not known';
  if (detectable === Infinity) {
    return `; no difference, however large, would have been seen; at least ${counted(test === 't' ? 2 : (seedsForPermutation ?? 2), 'seed')} are needed`;
  }
  const more =
    seedsNeeded !== null && Number.isFinite(seedsNeeded) && seedsNeeded > seeds.length
      ? `; to see one of the size measured, ${seedsNeeded} seeds`
      : '';
  return `; only differences above ${amount(detectable, subject)} would have been seen ${inWords(100 * power)} % of the time${more}`;
}

function undecided(verdict: PairVerdict, subject: Subject, power: number): string {
  const { a, b, difference, pHolm } = verdict;
  if (difference === 0 && verdict.cohenD === null) {
    const few = verdict.margin > 0 ? ', too few to call them equivalent' : '';
    return `no difference at all between ${a} and ${b}: equal in all ${counted(verdict.seeds.length, 'seed')}${few}`;
  }
  return `${a} and ${b}: not decided (${sizeOf(verdict, subject)}, ${correctedP(pHolm, verdict)}; ${basis(verdict)})${sight(verdict, subject, power)}`;
}

function untested({ a, b, seeds, difference }: PairVerdict, subject: Subject): string {
  if (seeds.length >= 2)
    return `${a} and ${b} are not compared: their differences are too large to reckon with`;
  const seen = difference === null ? '' : `, ${amount(difference, subject)} apart in it`;
  return `${a} and ${b} are not compared: ${counted(seeds.length, 'seed')} finished in both${seen}; at least 2 are needed`;
}

/** A verdict in words. */
export function verdictText(
  verdict: PairVerdict,
  subject: Subject,
  { power }: { readonly power: number },
): string {
  switch (verdict.outcome) {
    case 'better':
    case 'worse':
      return decided(verdict, subject);
    case 'equivalent':
      return equivalent(verdict, subject);
    case 'undecided':
      return undecided(verdict, subject, power);
    case 'untested':
      return untested(verdict, subject);
  }
}

/** Pairs that differ first, then equivalent ones, then those not decided, else in the order of the grid. */
const ORDER: Readonly<Record<PairVerdict['outcome'], number>> = {
  better: 0,
  worse: 0,
  equivalent: 1,
  undecided: 2,
  untested: 3,
};

/** More pairs without a test than this are counted, not named. */
const NAMED = 3;

/**
 * The verdicts of a task for readers, a line each, differences first. Where many pairs lack the seeds to be tested,
 * one line counts them.
 */
export function verdictLines(
  pairs: readonly PairVerdict[],
): { readonly text: string; readonly told: boolean }[] {
  const inOrder = [...pairs].sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
  const lines = inOrder.map(({ outcome, text }) => {
    return { outcome, text, told: ['better', 'worse', 'equivalent'].includes(outcome) };
  });
  const tested = lines.filter(({ outcome }) => outcome !== 'untested');
  const rest = lines.length - tested.length;
  if (rest <= NAMED) return lines;
  const text = `${counted(rest, tested.length > 0 ? 'other pair' : 'pair')} are not compared: fewer than 2 seeds finished in both`;
  return [...tested, { text, told: false }];
}
