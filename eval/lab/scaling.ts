import { lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { rules } from '../../src/rules/registry.js';
import { bootstrapMean, type Interval } from '../stats/bootstrap.js';
import { mean } from './agreement.js';
import { unitVectors } from './randomPairs.js';
import { drawMeans, storeAndRecall } from './retrieval.js';
import { betaFor } from './setting.js';

export interface ScalingOptions {
  readonly rules: readonly string[];
  /** Key dimensions, which are those of the values too; at least two. */
  readonly dims: readonly number[];
  readonly draws: number;
  /** Key dimensions of the worst case, which needs keys only and so may be larger. */
  readonly worstDims: readonly number[];
  /** Squared error that a memory may just reach. */
  readonly threshold: number;
  readonly beta?: number | undefined;
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
}

/** How the number of pairs that a memory holds grows with its key dimension. */
export interface Scaling {
  /** Null for the worst case, which is a property of the keys. */
  readonly rule: string | null;
  readonly criterion: 'average' | 'worst';
  /** Mean number of other pairs that bring the error to the threshold, by key dimension; null where none does. */
  readonly capacities: readonly { readonly K: number; readonly others: number | null }[];
  /** Of `others ~ K^exponent`; null for one dimension, and where some memory does not cross the threshold. */
  readonly exponent: Interval | null;
  readonly predicted: number;
}

/** Least-squares slope of ln y over ln x. */
function logSlope(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const [centreA, centreB] = [mean(a), mean(b)];
  const spread = a.reduce((sum, value) => sum + (value - centreA) ** 2, 0);
  return a.reduce((sum, value, i) => sum + (value - centreA) * ((b[i] ?? 0) - centreB), 0) / spread;
}

/** Exponent and capacities from one capacity a draw and dimension; NaN where a draw has none. */
function fit(
  dims: readonly number[],
  capacities: readonly (readonly number[])[],
  rng: Rng,
): Pick<Scaling, 'capacities' | 'exponent'> {
  const draws = capacities[0]?.map((_, draw) => capacities.map((column) => column[draw] ?? NaN)) ?? [];
  const whole = dims.length > 1 && draws.every((row) => row.every((value) => value > 0));
  return {
    capacities: dims.map((K, i) => {
      const others = mean(capacities[i] ?? []);
      return { K, others: Number.isNaN(others) ? null : others };
    }),
    exponent: whole
      ? bootstrapMean(
          draws.map((row) => logSlope(dims, row)),
          { rng },
        )
      : null,
  };
}

/** Numbers of pairs from 1 to 2 K, each about a quarter more than the one before. */
function counts(K: number): number[] {
  const list = [1];
  while ((list.at(-1) ?? 0) < 2 * K) {
    const last = list.at(-1) ?? 1;
    list.push(Math.max(last + 1, Math.round(last * 1.25)));
  }
  return list;
}

/** Where a curve first crosses the threshold, by a line between its points; NaN if never or from the start. */
function crossing(others: readonly number[], errors: readonly number[], threshold: number): number {
  const at = errors.findIndex((error) => error >= threshold);
  if (at < 1) return NaN;
  const [x0, y0] = [others[at - 1] ?? 0, errors[at - 1] ?? 0];
  const [x1, y1] = [others[at] ?? 0, errors[at] ?? 0];
  return x0 + ((threshold - y0) / (y1 - y0)) * (x1 - x0);
}

function averageCapacities(name: string, K: number, options: ScalingOptions): number[] {
  const rule = lookUp('rule', rules, name);
  const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
  const pairs = counts(K);
  const store = {
    ...{ rule, params, beta: betaFor(rule, options.beta, 1), decay: 1, correlation: 0 },
    ...{ K, V: K, draws: options.draws, rng: options.rng.derive('scaling', K) },
  };
  const curves = storeAndRecall(store, pairs).map((recall) => drawMeans(recall.errors, recall.pairs));
  const others = pairs.map((count) => count - 1);
  return Array.from({ length: options.draws }, (_, draw) => {
    const errors = curves.map((curve) => curve[draw] ?? NaN);
    return crossing(others, errors, options.threshold);
  });
}

/**
 * The largest number of other keys whose cosines with any one key add up to at most the threshold: with values
 * chosen against it, that is the error of plain association.
 */
function worstCapacity(rng: Rng, K: number, threshold: number): number {
  const keys: Float64Array[] = [];
  const sums: number[] = [];
  let before = 0;
  for (;;) {
    const [key = new Float64Array()] = unitVectors(rng, 1, K);
    const cosines = keys.map((other) => Math.abs(other.reduce((sum, x, i) => sum + x * (key[i] ?? 0), 0)));
    cosines.forEach((cosine, j) => (sums[j] = (sums[j] ?? 0) + cosine));
    sums.push(cosines.reduce((sum, cosine) => sum + cosine, 0));
    keys.push(key);
    const worst = Math.max(...sums);
    if (worst > threshold) return keys.length - 2 + (threshold - before) / (worst - before);
    before = worst;
  }
}

/**
 * How many pairs fit at a fixed error, against the key dimension.
 *
 *   average: mean |S k_j - v_j|^2 reaches the threshold      N - 1 ~ d_k
 *   worst:   max_j sum_{i != j} |k_i.k_j| reaches its root   N - 1 ~ sqrt(d_k), up to logarithms
 *
 * Counted are the other pairs, which make the error. The exponent is the mean over draws of the slope in
 * logarithms, with its bootstrap interval.
 * Source: theory.md 1.4 (a) and (b).
 * @throws ConfigError for a rule or knob that does not exist.
 */
export function runScaling(options: ScalingOptions): readonly Scaling[] {
  const { dims, worstDims, draws, rng } = options;
  const length = Math.sqrt(options.threshold);
  const average = options.rules.map((rule): Scaling => {
    const capacities = dims.map((K) => averageCapacities(rule, K, options));
    return { rule, criterion: 'average', ...fit(dims, capacities, rng.derive(rule)), predicted: 1 };
  });
  const worst = worstDims.map((K) =>
    Array.from({ length: draws }, (_, draw) => worstCapacity(rng.derive('worst', K, draw), K, length)),
  );
  return [
    ...average,
    { rule: null, criterion: 'worst', ...fit(worstDims, worst, rng.derive('worst')), predicted: 0.5 },
  ];
}
