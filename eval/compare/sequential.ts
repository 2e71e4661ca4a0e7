import { closedEValues, evidencePath, twoSided, type Evidence } from '../stats/anytime.js';

/** A pair as it is looked at: its differences in the order of their seeds. */
export interface SequentialPair {
  readonly seeds: readonly number[];
  readonly differences: readonly number[];
  /** How far apart two may be and still count as equal; 0 for never. */
  readonly margin: number;
}

/** What a pair came to over all looks. */
export interface SequentialVerdict {
  readonly outcome: 'above' | 'below' | 'equivalent' | 'undecided';
  /** Differences that had been seen at the look that decided; null where none did. */
  readonly decidedAfter: number | null;
  /** Valid at any look: 1 over the largest e-value; corrected for all pairs, that of the look that decided at the latest. */
  readonly p: number;
  readonly pCorrected: number;
  /** Corrected, that the two are as far apart as the margin; null without one. */
  readonly pEquivalent: number | null;
}

interface Looked {
  /** Evidence after each difference against 0, and against both ends of the margin. */
  readonly zero: readonly Evidence[];
  readonly ends: readonly [readonly Evidence[], readonly Evidence[]] | undefined;
  readonly seeds: readonly number[];
  seen: number;
  outcome: SequentialVerdict['outcome'];
  decidedAfter: number | null;
  most: number;
  mostCorrected: number;
  mostEquivalent: number;
}

const NO_EVIDENCE: Evidence = { above: 1, below: 1 };

function begin({ seeds, differences, margin }: SequentialPair): Looked {
  return {
    zero: evidencePath(differences),
    ends: margin > 0 ? [evidencePath(differences, -margin), evidencePath(differences, margin)] : undefined,
    seeds,
    seen: 0,
    outcome: 'undecided',
    decidedAfter: null,
    most: 1,
    mostCorrected: 1,
    mostEquivalent: 1,
  };
}

const at = (path: readonly Evidence[] | undefined, { seen }: Looked): Evidence =>
  path?.[seen - 1] ?? NO_EVIDENCE;

/** Against the difference being as large as the margin, at either end: on both sides, as the interval is. */
function againstMargin(pair: Looked): number {
  return Math.min(at(pair.ends?.[0], pair).above, at(pair.ends?.[1], pair).below) / 2;
}

function decide(pair: Looked, outcome: SequentialVerdict['outcome']): void {
  pair.outcome = outcome;
  pair.decidedAfter = pair.seen;
}

/** One look at all pairs: pairs that differ, then pairs that are equivalent, each among those not yet found so. */
function look(pairs: readonly Looked[], level: number): void {
  const open = pairs.filter(({ outcome }) => outcome === 'undecided' || outcome === 'equivalent');
  const corrected = closedEValues(open.map((pair) => twoSided(at(pair.zero, pair))));
  for (const [i, pair] of open.entries()) {
    if (pair.outcome !== 'undecided') continue;
    const { above, below } = at(pair.zero, pair);
    pair.most = Math.max(pair.most, twoSided({ above, below }));
    pair.mostCorrected = Math.max(pair.mostCorrected, corrected[i] ?? 1);
    if ((corrected[i] ?? 1) >= 1 / level) decide(pair, above > below ? 'above' : 'below');
  }
  const apart = pairs.filter(({ outcome, ends }) => outcome !== 'equivalent' && ends !== undefined);
  const equal = closedEValues(apart.map(againstMargin));
  for (const [i, pair] of apart.entries()) {
    if (pair.outcome !== 'undecided') continue;
    pair.mostEquivalent = Math.max(pair.mostEquivalent, equal[i] ?? 1);
    if ((equal[i] ?? 1) >= 1 / level) decide(pair, 'equivalent');
  }
}

/**
 * What pairs come to when all are looked at after every seed, in the order of seeds; a pair that is decided stays so.
 *
 * The chance that any pair is ever said to differ whose variants could be exchanged is at most `level`, and so is that of
 * any pair said to be equivalent that is as far apart as its margin. The same differences decide the same: at a look
 * nothing is used of later seeds.
 * @throws ShapeError when a difference is not finite.
 */
export function decideSequentially(pairs: readonly SequentialPair[], level: number): SequentialVerdict[] {
  const looked = pairs.map(begin);
  const looks = [...new Set(pairs.flatMap(({ seeds }) => seeds))].sort((a, b) => a - b);
  for (const seed of looks) {
    for (const pair of looked) if (pair.seeds[pair.seen] === seed) pair.seen++;
    look(looked, level);
  }
  return looked.map(({ outcome, decidedAfter, most, mostCorrected, mostEquivalent, ends }) => ({
    outcome,
    decidedAfter,
    p: 1 / most,
    pCorrected: 1 / mostCorrected,
    pEquivalent: ends ? 1 / mostEquivalent : null,
  }));
}
