import { counted } from '../../src/core/text.js';
import type { PairVerdict, VariantSummary } from './comparison.js';
import type { TaskGroup } from './groups.js';
import { intervalInWords, inWords } from './words.js';

type Subject = Pick<TaskGroup, 'metric' | 'unit' | 'best'>;

/** Variants with a result, the best mean first. */
export function ranked(variants: readonly VariantSummary[], best: 'high' | 'low'): VariantSummary[] {
  const sign = best === 'high' ? -1 : 1;
  return [...variants].sort((a, b) => {
    if (!a.test || !b.test) return a.test ? -1 : b.test ? 1 : 0;
    return sign * (a.test.mean - b.test.mean);
  });
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join('; ')} and ${names.at(-1) ?? ''}`;
}

/** How the variant with the best mean stands against each other one. */
function standing(leader: VariantSummary, pairs: readonly PairVerdict[]): string {
  const own = pairs.filter(({ a, b }) => a === leader.label || b === leader.label);
  const names = (keep: (pair: PairVerdict) => boolean): string[] =>
    own.filter(keep).map(({ a, b }) => (a === leader.label ? b : a));
  const beaten = names(({ outcome }) => outcome === 'better' || outcome === 'worse');
  const equal = names(({ outcome }) => outcome === 'equivalent');
  const open = names(({ outcome }) => outcome === 'undecided');
  const unknown = names(({ outcome }) => outcome === 'untested');
  const known = beaten.length + equal.length + open.length;
  const parts = [
    ...(beaten.length > 0 ? [`better than ${list(beaten)}`] : []),
    ...(equal.length > 0 ? [`equivalent to ${list(equal)}`] : []),
    ...(open.length > 0 ? [`not decided against ${list(open)}`] : []),
    ...(unknown.length === 0 ? [] : [`not compared with ${known === 0 ? 'any other' : list(unknown)}`]),
  ];
  return parts.length === 0 ? '' : ` It is ${parts.join(', ')}.`;
}

function pairCount(pairs: readonly PairVerdict[], outcomes: readonly PairVerdict['outcome'][]): number {
  return pairs.filter(({ outcome }) => outcomes.includes(outcome)).length;
}

/** How many pairs a verdict was reached on. */
function tally(pairs: readonly PairVerdict[], margin: number, subject: Subject): string {
  const different = pairCount(pairs, ['better', 'worse']);
  const equal = pairCount(pairs, ['equivalent']);
  const open = pairCount(pairs, ['undecided']);
  const untested = pairs.length - different - equal - open;
  const within =
    margin > 0 ? ` within ${inWords(margin)} ${subject.unit === '' ? subject.metric : subject.unit}` : '';
  const parts = [
    `${different} differ significantly`,
    ...(margin > 0 ? [`${equal} ${equal === 1 ? 'is' : 'are'} equivalent${within}`] : []),
    `${open} ${open === 1 ? 'is' : 'are'} not decided`,
    ...(untested > 0 ? [`${untested} had too few seeds to compare`] : []),
  ];
  return `Of ${counted(pairs.length, 'pair')}, ${parts.join('; ')}.`;
}

/** What was found on a task, in a few sentences. */
export function findingsOf(
  subject: Subject,
  variants: readonly VariantSummary[],
  pairs: readonly PairVerdict[],
  failures: number,
): string[] {
  const [leader] = ranked(variants, subject.best);
  if (!leader?.test) return ['No cell finished, so there is nothing to compare.'];
  const { mean, low, high, seeds } = leader.test;
  const unit = subject.unit === '' ? subject.metric : subject.unit;
  const lead = `The best mean is that of ${leader.label}: ${inWords(mean, 4)} ${unit}${intervalInWords(low, high)} over ${counted(seeds, 'seed')}.`;
  return [
    `${lead}${standing(leader, pairs)}`,
    ...(pairs.length > 1 ? [tally(pairs, pairs[0]?.margin ?? 0, subject)] : []),
    ...(failures > 0
      ? [`${counted(failures, 'cell')} gave no result; their seeds are left out of means and pairs.`]
      : []),
  ];
}
