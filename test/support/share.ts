import { Rng } from '../../src/core/rng.js';

/** So many of the slow tests' many tries as this run makes: all, or the share that PAVLOV_SHARE says, and at least one. */
export function shareOf(tries: number): number {
  const share = Number(process.env.PAVLOV_SHARE ?? 1);
  return Math.max(1, Math.ceil(tries * share));
}

/** Of random choices; another PAVLOV_SEED tries other ones. */
export const SEED = Number(process.env.PAVLOV_SEED ?? 1);

/** Whether all is done of what the tests otherwise do some of. */
export const ALL = process.env.PAVLOV_ALL !== undefined;

/** So many of some cases, other ones with another PAVLOV_SEED, in their order; all with PAVLOV_ALL=1. */
export function someOf<T>(cases: readonly T[], count: number): readonly T[] {
  return someOfEach(cases, count, () => '');
}

/** So many of the cases of each kind, drawn as by `someOf`. */
export function someOfEach<T>(cases: readonly T[], count: number, kindOf: (one: T) => string): readonly T[] {
  const rng = Rng.fromSeed(SEED);
  const drawn = cases.map((each, i) => ({ each, i, rank: rng.derive('case', i).uniform() }));
  const taken = new Map<string, number>();
  const isTaken = ({ each }: { readonly each: T }): boolean => {
    const before = taken.get(kindOf(each)) ?? 0;
    taken.set(kindOf(each), before + 1);
    return before < count;
  };
  const chosen = ALL ? drawn : drawn.sort((a, b) => a.rank - b.rank).filter(isTaken);
  return chosen.sort((a, b) => a.i - b.i).map(({ each }) => each);
}
