import { z } from 'zod';
import type { Frontier, FrontierCost, VariantCost, VariantSummary } from './comparison.js';
import type { Variant } from './contract.js';
import { groupBy } from './groups.js';
import { variantKey, variantLabels } from './labels.js';

/** What a score may be weighed against: the field of a variant's cost, known of each that was trained, and its name. */
export const frontierCosts = {
  state: { field: 'stateBytes', label: 'bytes of state' },
  parameters: { field: 'parameters', label: 'parameters' },
  flops: { field: 'flopsPerToken', label: 'FLOPs per token' },
} as const satisfies Readonly<
  Record<FrontierCost, { readonly field: keyof VariantCost; readonly label: string }>
>;

/** The schema of such a name. */
export const frontierCost = z.enum(['state', 'parameters', 'flops'] satisfies (keyof typeof frontierCosts)[]);

const isOfTask = (key: string): boolean => key.startsWith('task.');

function entriesWhere(variant: Variant, keep: (key: string, value: string | number) => boolean): Variant {
  return Object.fromEntries(Object.entries(variant).filter(([key, value]) => keep(key, value)));
}

/** Items by a part of their variants, named by what differs among those parts. */
function grouped<T extends { readonly variant: Variant }>(
  items: readonly T[],
  part: (variant: Variant) => Variant,
): { readonly name: string; readonly items: readonly T[] }[] {
  const groups = [...groupBy(items, ({ variant }) => variantKey(part(variant))).values()];
  const labels = variantLabels(groups.map(([first]) => (first ? part(first.variant) : {})));
  return groups.map((own, i) => ({ name: groups.length === 1 ? '' : (labels[i] ?? ''), items: own }));
}

/**
 * The variants of a task against what they cost, and which of them none beats at that cost or a smaller one.
 *
 * By means alone: whether two of them differ is what the verdicts say.
 */
export function frontiersOf(
  variants: readonly VariantSummary[],
  best: 'high' | 'low',
  cost: FrontierCost,
): Frontier[] {
  const { field } = frontierCosts[cost];
  const known = variants.flatMap(({ label, variant, test, cost: own }) => {
    const at = own?.[field];
    return test && at != null ? [{ label, variant, test, cost: at }] : [];
  });
  const sign = best === 'high' ? 1 : -1;
  return grouped(known, (variant) => entriesWhere(variant, isOfTask)).map(({ name, items }) => {
    const isBeaten = (one: (typeof items)[number]): boolean =>
      items.some((other) => {
        const gain = sign * (other.test.mean - one.test.mean);
        return other.cost <= one.cost && (gain > 0 || (gain === 0 && other.cost < one.cost));
      });
    const curves = grouped(items, (variant) =>
      entriesWhere(variant, (key, value) => !isOfTask(key) && typeof value !== 'number'),
    );
    return {
      name,
      curves: curves.map((curve) => ({
        name: curve.name,
        points: curve.items
          .map((one) => ({
            label: one.label,
            cost: one.cost,
            test: one.test,
            isOnFrontier: !isBeaten(one),
          }))
          .sort((a, b) => a.cost - b.cost),
      })),
    };
  });
}
