import type { CellFailure, EqualityCheck, VariantSummary } from './comparison.js';
import type { TaskGroup } from './groups.js';
import { inWords } from './words.js';

/** Part of the least by which parameters or bytes of state may differ and still count as equal. */
export const EQUAL_WITHIN = 0.02;

const NAMES = { parameters: 'parameters', stateBytes: 'bytes of state' } as const;

function ratioWords(least: number, most: number): string {
  return least === 0 ? '' : `, ${inWords(most / least)} times as many`;
}

/**
 * Whether all variants have as many of something, within a part of the least.
 *
 * One check says it for parameters, one for bytes of state; none where fewer than two variants finished.
 */
export function equalityChecks(variants: readonly VariantSummary[], within: number): EqualityCheck[] {
  const fields: readonly EqualityCheck['what'][] = ['parameters', 'stateBytes'];
  return fields.flatMap((what) => {
    const sorted = variants
      .flatMap(({ label, cost }) => (cost ? [{ label, value: cost[what] }] : []))
      .sort((a, b) => a.value - b.value);
    const [least, most] = [sorted[0], sorted.at(-1)];
    // Scores from elsewhere come without costs.
    if (sorted.length < 2 || !least || !most || most.value === 0) return [];
    const equal = most.value - least.value <= within * least.value;
    const text = equal
      ? `All variants have ${least.value === most.value ? 'the same' : `within ${inWords(100 * within)} % the same`} number of ${NAMES[what]} (${least.value}${least.value === most.value ? '' : ` to ${most.value}`}).`
      : `Variants differ in ${NAMES[what]}: from ${least.value} (${least.label}) to ${most.value} (${most.label})${ratioWords(least.value, most.value)}. Differences in quality may be due to that.`;
    return [{ what, equal, text }];
  });
}

/** The cells of a task that gave no result, in the order of the grid. */
export function failuresOf({ variants }: TaskGroup): CellFailure[] {
  return variants.flatMap(({ label, rows }) =>
    rows.flatMap(({ cell, seed, status, reason = 'no reason given' }) =>
      status === 'done' ? [] : [{ cell, label, seed, status, reason }],
    ),
  );
}
