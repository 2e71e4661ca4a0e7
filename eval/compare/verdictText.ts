import type { PairVerdict } from './comparison.js';
import type { TaskGroup } from './groups.js';
import { counted, intervalInWords, inWords, pInWords } from './words.js';

type Subject = Pick<TaskGroup, 'metric' | 'unit' | 'best'>;

function amount(value: number, { unit, metric }: Subject): string {
  return `${inWords(value)} ${unit === '' ? metric : unit}`;
}

const TESTS = { t: 'paired t test', permutation: 'paired permutation test' } as const;

/** Which test decided, and what it can and cannot do with so few seeds. */
function basis({ test, seeds, smallestP, pT, seedsForPermutation }: PairVerdict): string {
  const name = `${TESTS[test]}, ${counted(seeds.length, 'seed')}`;
  if (smallestP === null || seeds.length >= seedsForPermutation) return name;
  const limit = `with ${counted(seeds.length, 'seed')} a permutation test cannot go below p = ${inWords(smallestP)}, and could decide from ${seedsForPermutation} seeds`;
  if (test === 't') return `${name}, which takes differences to be normal; ${limit}`;
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
  const withSeeds = `with ${counted(seeds.length, 'seed')}`;
  if (detectable === null) return `${withSeeds} no spread was seen, so what could have been is not known`;
  if (detectable === Infinity) {
    return `${withSeeds} no difference, however large, would have been seen; at least ${test === 't' ? 2 : seedsForPermutation} are needed`;
  }
  const chance = `${inWords(100 * power)} % of the time`;
  const more =
    seedsNeeded !== null && Number.isFinite(seedsNeeded) && seedsNeeded > seeds.length
      ? `; to see one of the size measured, ${seedsNeeded} seeds`
      : '';
  return `${withSeeds} only differences above ${amount(detectable, subject)} would have been seen ${chance}${more}`;
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
