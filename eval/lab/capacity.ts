import { z } from 'zod';
import { ConfigError, lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { mean } from '../../src/core/numbers.js';
import { list, optionsCheck } from '../../src/core/options.js';
import { rules } from '../../src/rules/registry.js';
import { bootstrapMean, type Interval } from '../stats/bootstrap.js';
import { compare, judged, type Compared } from './agreement.js';
import type { CapacityCase } from './predictions/contract.js';
import { predictions } from './predictions/registry.js';
import { drawMeans, storeAndRecall, type PairOptions, type Recall } from './retrieval.js';
import { betaFor, labFields, onRule } from './setting.js';

export interface CapacityOptions extends PairOptions {
  readonly rules: readonly string[];
  /** Numbers of pairs to measure at, ascending. */
  readonly pairs: readonly number[];
  /** Write strength; default 1 where the rule's range has it, else what a new layer begins with. */
  readonly beta?: number | undefined;
  readonly decay: number;
  /** Parameters by rule name. */
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
  /** Told of each rule before it is measured. */
  readonly onRule?: (name: string) => void;
}

const checkNames = optionsCheck<CapacityOptions>({
  ...labFields,
  K: z.number(),
  V: z.number(),
  correlation: z.number(),
  draws: z.number(),
  pairs: list<readonly number[]>(),
  beta: z.number().optional(),
  decay: z.number(),
  onRule,
});

/** Retrieval of the pairs of one age: a quarter of all, the newest first. */
export interface AgeBand {
  /** Pairs stored since, first and last of the band. */
  readonly from: number;
  readonly to: number;
  readonly error: Compared;
  readonly top1: Interval;
}

/** Retrieval by one rule after one number of pairs. */
export interface CapacityPoint {
  readonly rule: string;
  readonly pairs: number;
  readonly K: number;
  readonly V: number;
  readonly correlation: number;
  readonly beta: number;
  readonly decay: number;
  /** Mean `|S k_j - v_j|^2`, values of length 1. */
  readonly error: Compared;
  /** Share of pairs whose own value is the nearest of all stored. */
  readonly top1: Interval;
  readonly ages: readonly AgeBand[];
}

/**
 * Retrieval error and top-1 against the number of pairs, for each rule, with its closed form.
 *
 * Intervals: over draws. The verdicts of all rules, counts and ages are one family. Source: docs/theory.md 1.4 (b), (d),
 * (e).
 * @throws ConfigError for a rule or parameter that does not exist, or numbers that make no experiment.
 */
export function runCapacity(options: CapacityOptions): readonly CapacityPoint[] {
  checkNames('runCapacity', options);
  const points = measureCapacity(options);
  const judge = judged(points.flatMap(({ error, ages }) => [error, ...ages.map((age) => age.error)]));
  return points.map((point) => ({
    ...point,
    error: judge(point.error),
    ages: point.ages.map((age) => ({ ...age, error: judge(age.error) })),
  }));
}

/**
 * The points of `runCapacity`, each judged by itself: for families of comparisons that go beyond one call.
 *
 * @throws ConfigError as `runCapacity` does.
 */
export function measureCapacity(options: CapacityOptions): readonly CapacityPoint[] {
  checkOptions(options);
  return options.rules.flatMap((name) => {
    options.onRule?.(name);
    const rule = lookUp('rule', rules, name);
    const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
    const beta = betaFor(rule, options.beta, 1);
    // Every rule stores the same pairs: differences between rules are not those of the draws.
    const rng = options.rng.derive('pairs');
    const recalls = storeAndRecall({ ...options, rule, params, beta, rng }, options.pairs);
    return recalls.map((recall) => pointOf(name, { ...options, beta }, params, recall));
  });
}

function checkOptions({ pairs, correlation, decay, draws }: CapacityOptions): void {
  const ascending = pairs.length > 0 && pairs.every((count, i) => count > (pairs[i - 1] ?? 0));
  if (!ascending) throw new ConfigError(`pairs: expected ascending whole numbers, got ${pairs.join(',')}`);
  if (!(correlation >= 0 && correlation < 1)) {
    throw new ConfigError(`correlation: expected a number from 0 to below 1, got ${correlation}`);
  }
  if (!(decay > 0 && decay <= 1)) {
    throw new ConfigError(`decay: expected a number above 0 and at most 1, got ${decay}`);
  }
  if (!(draws >= 1)) throw new ConfigError(`draws: expected at least 1, got ${draws}`);
}

function pointOf(
  rule: string,
  options: CapacityOptions & { readonly beta: number },
  params: Params,
  recall: Recall,
): CapacityPoint {
  const { K, V, correlation, beta, decay } = options;
  const rng = options.rng.derive(rule, recall.pairs);
  const at = { pairs: recall.pairs, K, V, correlation, beta, decay };
  const band = (from: number, to: number, label: string): Omit<AgeBand, 'from' | 'to'> => {
    // The pair stored last has age 0.
    const [start, end] = [recall.pairs - 1 - to, recall.pairs - from];
    const errors = drawMeans(recall.errors, recall.pairs, start, end);
    const hits = drawMeans(recall.hits, recall.pairs, start, end);
    return {
      error: compare(errors, predictedError(rule, at, params, from, to), rng.derive(label, 'error')),
      top1: bootstrapMean(hits, { rng: rng.derive(label, 'top1'), resamples: 1000 }),
    };
  };
  const ages = quarters(recall.pairs).map(([from, to]) => ({ from, to, ...band(from, to, `${from}`) }));
  return { rule, ...at, ...band(0, recall.pairs - 1, 'all'), ages };
}

/** The ages 0 to n - 1 in four bands, fewer for fewer pairs. */
function quarters(n: number): (readonly [number, number])[] {
  const edges = [0, 1, 2, 3, 4].map((i) => Math.round((i * n) / 4));
  return edges.slice(1).flatMap((end, i) => {
    const start = edges[i] ?? 0;
    return end > start ? [[start, end - 1] as const] : [];
  });
}

/** The closed form, averaged over ages. */
function predictedError(
  rule: string,
  at: Omit<CapacityCase, 'age'>,
  params: Params,
  from: number,
  to: number,
): number | undefined {
  const values: number[] = [];
  for (let age = from; age <= to; age++) {
    const value = predictions[rule]?.capacity?.({ ...at, age }, params);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return mean(values);
}

/**
 * The closed form of a rule's mean error after so many pairs, averaged over their ages; undefined where it has none.
 *
 * @throws ConfigError for a rule or parameter that does not exist.
 */
export function capacityForm(
  name: string,
  at: Omit<CapacityCase, 'age'>,
  params: Params = {},
): number | undefined {
  const rule = lookUp('rule', rules, name);
  return predictedError(name, at, resolveParams(rule.params, params, `params of ${name}`), 0, at.pairs - 1);
}
