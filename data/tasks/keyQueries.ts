import type { Rng } from '../../src/core/rng.js';
import type { Params } from '../../src/core/params.js';
import type { Question, SettingSpec, TaskSample } from './contract.js';
import { at, drawWeighted, sortedOrder } from './drawing.js';
import { numbersOf, oneOf, real, tokens } from './settings.js';

const ZOOLOGY = 'zoology, commit d88d6f5';

/** The settings that the multi-query recall tasks share. */
export const keyQuerySettings = {
  vocabulary: tokens(
    8192,
    [8, 1_000_000],
    'keys come from the lower part and values from the upper part',
    ZOOLOGY,
  ),
  length: tokens(64, [4, 65_536], 'T, even', ZOOLOGY),
  powerA: real(
    0.01,
    [0.0001, 10],
    'a query stands g slots after the context with chance proportional to g^(a-1); 1 is uniform',
    ZOOLOGY,
  ),
  filler: oneOf(
    ['random', 'zero'],
    'what stands between the queries: random tokens of the whole vocabulary, or token 0',
    ZOOLOGY,
  ),
} as const satisfies Readonly<Record<string, SettingSpec>>;

/** The faults that the multi-query recall tasks share. */
export function keyQueryIssues(settings: Params, needed: number, needs: string): string[] {
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
interface QueryRegion {
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
function placeQueries(rng: Rng, region: QueryRegion, count: number): Int32Array {
  const slots = Math.floor((region.length - region.start) / region.slot);
  const weights = Float64Array.from(
    { length: slots },
    (_, g) => region.powerA * (g + 1) ** (region.powerA - 1),
  );
  return drawWeighted(rng, weights, count).map((g) => region.start + g * region.slot);
}

/** Puts random tokens where the inputs are 0, unless the filler is `zero`. */
function fillGaps(rng: Rng, inputs: Int32Array, settings: Params): void {
  if (settings.filler === 'zero') return;
  const vocabulary = Number(settings.vocabulary);
  for (let t = 0; t < inputs.length; t++) if (inputs[t] === 0) inputs[t] = rng.below(vocabulary);
}

/** A key, by its number, with a value. */
interface Telling {
  readonly key: number;
  readonly value: number;
}

/**
 * A sample that tells keys, each of as many tokens, with values of one, and then asks every key once, after the last of
 * its tokens. Of a key told again the last value counts. `more` are slices by the position where that was told.
 */
export function askKeys(
  rng: Rng,
  settings: Params,
  {
    keys,
    tellings,
  }: { readonly keys: readonly (readonly number[])[]; readonly tellings: readonly Telling[] },
  more: Readonly<Record<string, (told: number) => number>> = {},
): TaskSample {
  const { length, powerA } = numbersOf(settings, 'length', 'powerA');
  const width = keys[0]?.length ?? 0;
  const slot = width + 1;
  const inputs = new Int32Array(length);
  const [values, told] = [new Int32Array(keys.length), new Int32Array(keys.length)];
  for (const [i, { key, value }] of tellings.entries()) {
    inputs.set([...(keys[key] ?? []), value], slot * i);
    values[key] = value;
    told[key] = slot * i;
  }
  const places = placeQueries(rng, { start: slot * tellings.length, length, slot, powerA }, keys.length);
  for (const [i, key] of keys.entries()) inputs.set(key, at(places, i));
  fillGaps(rng, inputs, settings);
  const order = sortedOrder(places);
  const inOrder = (of: (key: number) => number): Int32Array => Int32Array.from(order, of);
  const extra = Object.entries(more).map(([name, of]) => [name, inOrder((i) => of(at(told, i)))] as const);
  return {
    inputs,
    positions: inOrder((i) => at(places, i) + width - 1),
    targets: inOrder((i) => at(values, i)),
    slices: {
      pairs: inOrder(() => keys.length),
      distance: inOrder((i) => at(places, i) - at(told, i)),
      ...Object.fromEntries(extra),
    },
  };
}

/** What `askKeys` asks for: the value that follows a key of `width` tokens where it was told last, before `end`. */
export function answerKeys(
  { inputs, positions }: Question,
  { width, end }: { readonly width: number; readonly end: number },
): Int32Array[] {
  return Array.from(positions, (t) => {
    const key = Array.from({ length: width }, (_, i) => at(inputs, t - width + 1 + i));
    return Int32Array.of(at(inputs, findKey(inputs, key, end) + width));
  });
}

/** The last start before `end`, in steps of `key.length + 1`, where the key stands; -1 if nowhere. */
function findKey(inputs: ArrayLike<number>, key: readonly number[], end: number): number {
  let found = -1;
  for (let t = 0; t < end; t += key.length + 1) {
    if (key.every((token, i) => at(inputs, t + i) === token)) found = t;
  }
  return found;
}
