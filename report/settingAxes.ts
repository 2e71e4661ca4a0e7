import type { Variant } from '../eval/compare/contract.js';
import { variantKey, variantLabels } from '../eval/compare/labels.js';

/** Curves over one setting: a series for each choice of all others. */
interface SettingAxis<T> {
  /** The setting that is on the axis. */
  readonly setting: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly { readonly x: number; readonly item: T }[];
  }[];
}

function without(variant: Variant, setting: string): Variant {
  return Object.fromEntries(Object.entries(variant).filter(([key]) => key !== setting));
}

/**
 * The numeric settings that vary among items, each as an axis: colour is the rule, or whatever else varies.
 *
 * A setting is an axis where all items have it as a number and some have another one.
 */
export function settingAxes<T extends { readonly variant: Variant }>(items: readonly T[]): SettingAxis<T>[] {
  const settings = [...new Set(items.flatMap(({ variant }) => Object.keys(variant)))];
  return settings.flatMap((setting): SettingAxis<T>[] => {
    const values = items.map(({ variant }) => variant[setting]);
    if (new Set(values).size < 2 || !values.every((value) => typeof value === 'number')) return [];
    const rests = new Map(
      items.map(({ variant }) => without(variant, setting)).map((rest) => [variantKey(rest), rest]),
    );
    const labels = variantLabels([...rests.values()]);
    const series = [...rests.keys()].map((key, i) => ({
      name: labels[i] ?? '',
      points: items
        .filter(({ variant }) => variantKey(without(variant, setting)) === key)
        .map((item) => ({ x: Number(item.variant[setting]), item }))
        .sort((a, b) => a.x - b.x),
    }));
    return [{ setting, series }];
  });
}
