import type { Variant } from './contract.js';

/** One text for variants with the same entries in any order. */
export function variantKey(variant: Variant): string {
  return JSON.stringify(Object.entries(variant).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entries that are the same in all variants. */
export function constantEntries(variants: readonly Variant[]): Variant {
  const [first = {}, ...others] = variants;
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) => others.every((other) => other[key] === value)),
  );
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

type Entry = readonly [string, string | number];

/** Names such as a rule's stand for themselves; the value of a setting says nothing without the setting. */
const shortest = ([key, value]: Entry): string =>
  typeof value === 'string' && !key.includes('.') ? value : `${lastPart(key)} ${value}`;
const full = ([key, value]: Entry): string => `${key}=${value}`;

/**
 * A short name for each variant, by what varies among them, such as `delta, scalar` or `delta, width 64`.
 *
 * Where short names would be the same, or two settings end in the same word, each entry is written as `path=value`.
 */
export function variantLabels(variants: readonly Variant[]): string[] {
  const constants = variants.length > 1 ? constantEntries(variants) : {};
  const write = (entry: (entry: Entry) => string): string[] =>
    variants.map((variant) => {
      const varying = Object.entries(variant).filter(([key]) => !Object.hasOwn(constants, key));
      return varying.map(entry).join(', ') || 'all';
    });
  const short = write(shortest);
  const keys = [...new Set(variants.flatMap(Object.keys))].filter((key) => !Object.hasOwn(constants, key));
  const isPlain = new Set(keys.map(lastPart)).size === keys.length;
  return isPlain && new Set(short).size === short.length ? short : write(full);
}
