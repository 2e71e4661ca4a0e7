import type { PairVerdict } from './comparison.js';
import type { TaskGroup } from './groups.js';
import { counted, intervalInWords, inWords, pInWords } from './words.js';

type Subject = Pick<TaskGroup, 'metric' | 'unit' | 'best'>;

function amount(value: number, { unit, metric }: Subject): string {
  return `${inWords(value)} ${unit === '' ? metric : unit}`;
}

const TESTS = { t: 'paired t test', permutation: 'paired permutation test' } as const;

/** What a permutation test can and cannot do with the seeds of a pair. */
export function permutationLimit({ seeds, smallestP, seedsForPermutation }: PairVerdict): string | undefined {
  if (smallestP === null || seeds.length >= seedsForPermutation) return undefined;
  return `with ${counted(seeds.length, 'seed')} a permutation test cannot go below p = ${inWords(smallestP)}, and could decide from ${seedsForPermutation} seeds`;
}

/** Which test decided; why it could not, where it was one that could not. */
function basis(verdict: PairVerdict): string {
  const { test, seeds, pT } = verdict;
  const name = `${TESTS[test]}, ${counted(seeds.length, 'seed')}`;
  const limit = permutationLimit(verdict);
  if (test === 't' || limit === undefined) return name;
  const equal = pT === null ? 'all differences are equal, of which the t test says nothing; ' : '';
  return `${name}; ${equal}${limit}`;
}

function decided(verdict: PairVerdict, subject: Subject): string {
  const { a, b, difference, low, high, pHolm, outcome } = verdict;
  const [better, worse] = outcome === 'better' ? [a, b] : [b, a];
  const up = (difference ?? 0) > 0;
  const bounds = up ? intervalInWords(low, high) : intervalInWords(negated(high), negated(low));
  const size = amount(Math.abs(difference ?? 0), subject);
  return `${better} is better than ${worse} by ${size}${bounds}, p (Holm) ${pInWords(pHolm ?? 1)} (${basis(verdict)})`;
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}

/** What differences this many seeds could have shown. */
function sight(
  { detectable, seeds, seedsNeeded, seedsForPermutation, test }: PairVerdict,
  subject: Subject,
  power: number,
): string {
  if (detectable === null) return 'no spread was seen, so what could have been is not known';
  if (detectable === Infinity) {
    return `no difference, however large, would have been seen; at least ${counted(test === 't' ? 2 : seedsForPermutation, 'seed')} are needed`;
  }
  const more =
    seedsNeeded !== null && Number.isFinite(seedsNeeded) && seedsNeeded > seeds.length
      ? `; to see one of the size measured, ${seedsNeeded} seeds`
      : '';
  return `only differences above ${amount(detectable, subject)} would have been seen ${inWords(100 * power)} % of the time${more}`;
}

function undecided(verdict: PairVerdict, subject: Subject, power: number): string {
  const { a, b, difference, low, high, pHolm } = verdict;
  const size = `${amount(difference ?? 0, subject)}${intervalInWords(low, high)}`;
  if (difference === 0 && verdict.detectable === null) {
    return `no difference at all between ${a} and ${b}: equal in all ${counted(verdict.seeds.length, 'seed')}`;
  }
  return `no detectable difference between ${a} and ${b} (${size}, p (Holm) ${pInWords(pHolm ?? 1)}; ${basis(verdict)}); ${sight(verdict, subject, power)}`;
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
    case 'undecided':
      return undecided(verdict, subject, power);
    case 'untested':
      return untested(verdict, subject);
  }
}

/** Decided pairs first, else in the order of the grid. */
function byOutcome(pairs: readonly PairVerdict[]): PairVerdict[] {
  const rank = ({ outcome }: PairVerdict): number =>
    ['better', 'worse'].includes(outcome) ? 0 : outcome === 'undecided' ? 1 : 2;
  return [...pairs].sort((a, b) => rank(a) - rank(b));
}

/** More pairs without a test than this are counted, not named. */
const NAMED = 3;

/**
 * The verdicts of a task for readers, a line each, decided ones first. Where many pairs lack the seeds to be tested,
 * one line counts them.
 */
export function verdictLines(
  pairs: readonly PairVerdict[],
): { readonly text: string; readonly told: boolean }[] {
  const lines = byOutcome(pairs).map(({ outcome, text }) => {
    return { outcome, text, told: outcome === 'better' || outcome === 'worse' };
  });
  const tested = lines.filter(({ outcome }) => outcome !== 'untested');
  const rest = lines.length - tested.length;
  if (rest <= NAMED) return lines;
  const text = `${counted(rest, tested.length > 0 ? 'other pair' : 'pair')} are not compared: fewer than 2 seeds finished in both`;
  return [...tested, { text, told: false }];
}
