import { marginsOf, withoutNonFinite } from './analyse.js';
import type { ResultRow, Variant } from './contract.js';
import { groupRows, type TaskGroup, type VariantGroup } from './groups.js';
import { variantKey } from './labels.js';
import { decideInOrder, pairsOf, type Pair } from './verdicts.js';

/** Seeds that a variant may lose from the first on before it gets no more. */
const LOST_AT_FIRST = 3;

/** What more seeds could still tell. */
export interface OpenQuestions {
  /** Pairs in all, and those that are not decided. */
  readonly pairs: number;
  readonly open: number;
  /** Whether a variant of a task has a pair that is not decided and that more seeds could decide. */
  readonly needsSeeds: (task: string, variant: Variant) => boolean;
  /** Labels of variants whose first seeds were all lost. */
  readonly givenUp: readonly string[];
}

/** A variant that has failed from its first seed on would most likely fail again. */
function isLost({ rows, done }: VariantGroup): boolean {
  return done.size === 0 && rows.length >= LOST_AT_FIRST;
}

const keyOf = ({ task }: Pick<TaskGroup, 'task'>, variant: Variant): string =>
  JSON.stringify([task, variantKey(variant)]);

/**
 * Which variants need another seed after these rows: those of a pair that is not decided, unless one of the two has lost
 * its first three seeds. Depends on the rows alone, in any order.
 *
 * @throws DataError, ConfigError as `analyse`.
 */
export function openQuestions(
  given: readonly ResultRow[],
  { margin, level = 0.05 }: { readonly margin?: number | undefined; readonly level?: number } = {},
): OpenQuestions {
  const groups = groupRows(given.map(withoutNonFinite));
  const pairs = groups.flatMap(pairsOf);
  const found = decideInOrder(pairs, { level, marginOf: marginsOf(margin) });
  const open = pairs.filter((_, i) => found[i]?.outcome === 'undecided');
  const worthwhile = open.filter(({ a, b }) => !isLost(a) && !isLost(b));
  const needed = new Set(
    worthwhile.flatMap(({ group, a, b }: Pair) => [keyOf(group, a.variant), keyOf(group, b.variant)]),
  );
  const lost = groups.flatMap(({ task, variants }) =>
    variants.filter(isLost).map(({ label }) => (groups.length > 1 ? `${label} on ${task}` : label)),
  );
  return {
    pairs: pairs.length,
    open: open.length,
    needsSeeds: (task, variant) => needed.has(keyOf({ task }, variant)),
    givenUp: lost,
  };
}
