import type { Rng } from '../../src/core/rng.js';
import type { Params } from '../../src/core/params.js';
import type { Question, SettingSpec, TaskSample } from './contract.js';
import { at, drawWeighted, sortedOrder } from './drawing.js';

const ZOOLOGY = 'zoology, commit d88d6f5';

/** The settings that the multi-query recall tasks share. */
export const keyQuerySettings = {
  vocabulary: {
    default: 8192,
    range: [8, 1_000_000],
    unit: 'tokens',
    doc: 'keys come from the lower part and values from the upper part',
    source: ZOOLOGY,
  },
  length: { default: 64, range: [4, 65_536], unit: 'tokens', doc: 'T, even', source: ZOOLOGY },
  powerA: {
    default: 0.01,
    range: [0.0001, 10],
    real: true,
    doc: 'a query stands g slots after the context with chance proportional to g^(a-1); 1 is uniform',
    source: ZOOLOGY,
  },
  filler: {
    default: 'random',
    choices: ['random', 'zero'],
    doc: 'what stands between the queries: random tokens of the whole vocabulary, or token 0',
    source: ZOOLOGY,
  },
} as const satisfies Readonly<Record<string, SettingSpec>>;

/** The faults that the multi-query recall tasks share. */
export function keyQueryFaults(settings: Params, needed: number, needs: string): string[] {
  const length = Number(settings.length);
  const vocabulary = Number(settings.vocabulary);
  const faults: string[] = [];
  if (length % 2 !== 0) faults.push(`an even length, got ${length}; take ${length + 1}`);
  if (length < needed)
    faults.push(`length of at least ${needs} = ${needed}, got ${length}; lengthen it or take fewer pairs`);
  if (vocabulary <= length)
    faults.push(`a vocabulary larger than length ${length}, got ${vocabulary}; take more tokens`);
  return faults;
}

/** Where the queries of a sample may stand. */
export interface QueryRegion {
  /** First position of the region. */
  readonly start: number;
  readonly length: number;
  /** Positions a query slot. */
  readonly slot: number;
  readonly powerA: number;
}

/**
 * The first position of each of `count` queries: slots g without replacement, p(g) ~ a g^(a-1), g = 1, 2, ...
 *
 * Source: Arora et al. 2024, arXiv:2312.04927, and zoology's generator.
 */
export function placeQueries(rng: Rng, region: QueryRegion, count: number): Int32Array {
  const slots = Math.floor((region.length - region.start) / region.slot);
  const weights = Float64Array.from(
    { length: slots },
    (_, g) => region.powerA * (g + 1) ** (region.powerA - 1),
  );
  return drawWeighted(rng, weights, count).map((g) => region.start + g * region.slot);
}

/** Puts random tokens where the inputs are 0, unless the filler is `zero`. */
export function fillGaps(rng: Rng, inputs: Int32Array, settings: Params): void {
  if (settings.filler === 'zero') return;
  const vocabulary = Number(settings.vocabulary);
  for (let t = 0; t < inputs.length; t++) if (inputs[t] === 0) inputs[t] = rng.below(vocabulary);
}

/** The queries of a sample, by key. */
export interface KeyQueries {
  /** Tokens of a key. */
  readonly width: number;
  /** First position of each query. */
  readonly places: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Where the key was told with that value. */
  readonly told: ArrayLike<number>;
}

/** A sample that asks every key at its place, after the last of its tokens; `more` are slices by key. */
export function askKeys(
  inputs: Int32Array,
  { width, places, values, told }: KeyQueries,
  more: Readonly<Record<string, (key: number) => number>> = {},
): TaskSample {
  const order = sortedOrder(places);
  const inOrder = (of: (key: number) => number): Int32Array => Int32Array.from(order, of);
  const slices = {
    pairs: () => order.length,
    distance: (i: number) => at(places, i) - at(told, i),
    ...more,
  };
  return {
    inputs,
    positions: inOrder((i) => at(places, i) + width - 1),
    targets: inOrder((i) => at(values, i)),
    slices: Object.fromEntries(Object.entries(slices).map(([name, of]) => [name, inOrder(of)])),
  };
}

/** What `askKeys` asks for: the value that follows the key where it was told `first` or `last`, before `end`. */
export function answerKeys(
  { inputs, positions }: Question,
  { width, end, which }: { readonly width: number; readonly end: number; readonly which: 'first' | 'last' },
): Int32Array[] {
  return Array.from(positions, (t) => {
    const key = Array.from({ length: width }, (_, i) => at(inputs, t - width + 1 + i));
    return Int32Array.of(at(inputs, findKey(inputs, key, end, which) + width));
  });
}

/** The last or first start before `end`, in steps of `key.length + 1`, where the key stands; -1 if nowhere. */
function findKey(
  inputs: ArrayLike<number>,
  key: readonly number[],
  end: number,
  which: 'first' | 'last',
): number {
  let found = -1;
  for (let t = 0; t < end; t += key.length + 1) {
    if (!key.every((token, i) => at(inputs, t + i) === token)) continue;
    if (which === 'first') return t;
    found = t;
  }
  return found;
}
