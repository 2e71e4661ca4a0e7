import { z } from 'zod';
import { lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { mean } from '../../src/core/numbers.js';
import { list, optionsCheck } from '../../src/core/options.js';
import { rules } from '../../src/rules/registry.js';
import { compare, judged, type Compared } from './agreement.js';
import { predictions } from './predictions/registry.js';
import { unitVectors } from './inputs.js';
import { drawMeans, storeAndRecall } from './retrieval.js';
import { betaFor, labFields, onRule } from './setting.js';

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
  /** Told of each rule before it is measured. */
  readonly onRule?: (name: string) => void;
}

const checkOptions = optionsCheck<ScalingOptions>({
  ...labFields,
  dims: list<readonly number[]>(),
  draws: z.number(),
  worstDims: list<readonly number[]>(),
  threshold: z.number(),
  beta: z.number().optional(),
  onRule,
});

/** How the number of pairs that a memory holds grows with its key dimension. */
export interface Scaling {
  /** Null for the worst case, which is a property of the keys. */
  readonly rule: string | null;
  readonly criterion: 'average' | 'worst';
  readonly capacities: readonly Capacity[];
  /**
   * Of `others ~ K^exponent`, beside that of the closed form at these dimensions; null for one dimension, and where
   * some memory does not cross the threshold.
   */
  readonly exponent: Compared | null;
  /** For large K. */
  readonly theory: number;
}

/** Pairs at the threshold for one key dimension. */
export interface Capacity {
  readonly K: number;
  /** Number of other pairs that bring the mean error to the threshold, or mean of the worst case; null where none does. */
  readonly others: number | null;
  /** The same of the closed form; null where theory has none. */
  readonly predicted: number | null;
}

/** Least-squares slope of ln y over ln x. */
export function logSlope(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const [centreA, centreB] = [mean(a), mean(b)];
  const spread = a.reduce((sum, value) => sum + (value - centreA) ** 2, 0);
  return a.reduce((sum, value, i) => sum + (value - centreA) * ((b[i] ?? 0) - centreB), 0) / spread;
}

/** A capacity of all draws, and of all but each one; NaN where the threshold is not crossed. */
interface Measured {
  readonly K: number;
  readonly others: number;
  readonly without: readonly number[];
}

const isPositive = (values: readonly number[]): boolean => values.every((value) => value > 0);

/**
 * Tukey's pseudo-values of the exponent, n e - (n - 1) e_without_i, one a draw: their mean is the exponent without the
 * bias of a curve through noise, and their spread its own.
 */
function pseudoExponents(measured: readonly Measured[]): number[] {
  const dims = measured.map(({ K }) => K);
  const whole = logSlope(
    dims,
    measured.map(({ others }) => others),
  );
  const draws = measured[0]?.without.length ?? 0;
  if (draws < 2) return [whole];
  return Array.from({ length: draws }, (_, draw) => {
    const rest = logSlope(
      dims,
      measured.map(({ without }) => without[draw] ?? NaN),
    );
    return draws * whole - (draws - 1) * rest;
  });
}

/** Exponent and capacities beside those of the closed form. */
function fit(
  measured: readonly Measured[],
  forms: readonly number[],
  rng: Rng,
): Pick<Scaling, 'capacities' | 'exponent'> {
  const dims = measured.map(({ K }) => K);
  const predicted = forms.length > 1 && isPositive(forms) ? logSlope(dims, forms) : undefined;
  const known = dims.length > 1 && measured.every(({ others, without }) => isPositive([others, ...without]));
  return {
    capacities: measured.map(({ K, others }, i) => ({
      K,
      others: finite(others),
      predicted: finite(forms[i] ?? NaN),
    })),
    exponent: known ? compare(pseudoExponents(measured), predicted, rng) : null,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Where the closed form, averaged over ages, crosses the threshold; NaN if it does not, or there is none. */
function formCrossing(name: string, K: number, { threshold, beta, params }: ScalingOptions): number {
  const rule = lookUp('rule', rules, name);
  const resolved = resolveParams(rule.params, params?.[name] ?? {}, `params of ${name}`);
  const at = { K, V: K, correlation: 0, decay: 1, beta: betaFor(rule, beta, 1) };
  const pairs = counts(K);
  const errors = pairs.map((count) => {
    const ages = Array.from({ length: count }, (_, age) => age);
    return mean(
      ages.map((age) => predictions[name]?.capacity?.({ ...at, pairs: count, age }, resolved) ?? NaN),
    );
  });
  const others = pairs.map((count) => count - 1);
  return errors.some(Number.isNaN) ? NaN : crossing(others, errors, threshold);
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

/** Where the mean error over draws crosses the threshold. */
function averageCapacity(name: string, K: number, options: ScalingOptions): Measured {
  const rule = lookUp('rule', rules, name);
  const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
  const pairs = counts(K);
  const store = {
    rule,
    params,
    beta: betaFor(rule, options.beta, 1),
    decay: 1,
    correlation: 0,
    K,
    V: K,
    draws: options.draws,
    rng: options.rng.derive('scaling', K),
  };
  const curves = storeAndRecall(store, pairs).map((recall) => drawMeans(recall.errors, recall.pairs));
  const others = pairs.map((count) => count - 1);
  const at = (errors: readonly number[]): number => crossing(others, errors, options.threshold);
  return { K, others: at(curves.map(mean)), without: leftOut(curves, options.draws, at) };
}

/** A quantity of mean curves, without each draw in turn; none of a single draw. */
function leftOut(
  curves: readonly (readonly number[])[],
  draws: number,
  quantity: (means: readonly number[]) => number,
): number[] {
  if (draws < 2) return [];
  const sums = curves.map((curve) => curve.reduce((sum, value) => sum + value, 0));
  return Array.from({ length: draws }, (_, draw) =>
    quantity(curves.map((curve, i) => ((sums[i] ?? 0) - (curve[draw] ?? 0)) / (draws - 1))),
  );
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
 * Counted are the other pairs, which make the error. The exponent is the slope in logarithms of where the mean curve
 * crosses (a single draw's curve crosses too early, the more so the smaller d_k), its interval over draws by
 * pseudo-values; the verdicts of all rules are one family.
 * Source: docs/theory.md 1.4 (a) and (b).
 * @throws ConfigError for a rule or parameter that does not exist.
 */
export function runScaling(options: ScalingOptions): readonly Scaling[] {
  checkOptions('runScaling', options);
  const { dims, rng } = options;
  const average = options.rules.map((rule): Scaling => {
    options.onRule?.(rule);
    const measured = dims.map((K) => averageCapacity(rule, K, options));
    const forms = dims.map((K) => formCrossing(rule, K, options));
    return { rule, criterion: 'average', ...fit(measured, forms, rng.derive(rule)), theory: 1 };
  });
  const judge = judged(average.flatMap(({ exponent }) => exponent ?? []));
  return [
    ...average.map((one) => ({ ...one, exponent: one.exponent && judge(one.exponent) })),
    worstScaling(options),
  ];
}

/** Of the keys alone: theory has its exponent up to logarithms, so there is no verdict. */
function worstScaling({ worstDims, draws, threshold, rng }: ScalingOptions): Scaling {
  const length = Math.sqrt(threshold);
  const measured = worstDims.map((K): Measured => {
    const found = Array.from({ length: draws }, (_, draw) =>
      worstCapacity(rng.derive('worst', K, draw), K, length),
    );
    return { K, others: mean(found), without: leftOut([found], draws, ([rest = NaN]) => rest) };
  });
  const fitted = fit(measured, [], rng.derive('worst'));
  return { rule: null, criterion: 'worst', ...fitted, theory: 0.5 };
}
