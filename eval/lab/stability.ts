import { z } from 'zod';
import { ConfigError, lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { list, optionsCheck } from '../../src/core/options.js';
import type { LearningRule, RuleState } from '../../src/rules/contract.js';
import { rules } from '../../src/rules/registry.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { predictions } from './predictions/registry.js';
import { inWrites, signalsAt, unitVector } from './inputs.js';
import { labFields } from './setting.js';

export interface StabilityOptions {
  readonly rules: readonly string[];
  /** Write strengths to combine with each size of key and value. */
  readonly betas: readonly number[];
  readonly decays: readonly number[];
  /** Trials before the norm is first taken; it is taken again after twice as many. Default 256. */
  readonly steps?: number;
  /** Largest value of the quantity that is tried. Default 4. */
  readonly reach?: number;
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
}

const checkOptions = optionsCheck<StabilityOptions>({
  ...labFields,
  betas: list<readonly number[]>(),
  decays: list<readonly number[]>(),
  steps: z.number().optional(),
  reach: z.number().optional(),
});

/** Where one rule at one write strength and decay stays bounded. */
export interface StabilityPoint {
  readonly rule: string;
  readonly beta: number;
  readonly decay: number;
  /** What is varied; `beta |k| |v|` for a rule that declares no bound. */
  readonly quantity: string;
  /** What the rule says its quantity may be; null if it says nothing. */
  readonly bound: number | null;
  /** Whether the quantity changes with the state, so that a token alone does not tell it. */
  readonly dependsOnState: boolean;
  /** The largest value below which all were bounded; 0 if none was. */
  readonly bounded: number;
  /** The smallest value that was not; null if all were bounded. */
  readonly unbounded: number | null;
  /** The exact edge for one repeated trial, where theory has it. */
  readonly predicted: number | null;
  /** Whether the declared bound is safe and the predicted edge lies between the two; null without either. */
  readonly agrees: boolean | null;
}

const WIDTH = 4;
/** A norm that grows by more than this from n to 2 n trials is on its way to infinity. */
const GROWTH = 1.2;

interface Run {
  readonly rule: LearningRule;
  readonly params: Params;
  readonly beta: number;
  readonly decay: number;
  readonly steps: number;
  readonly key: Float64Array;
  readonly value: Float64Array;
  readonly start: Float32Array;
}

/**
 * Where a memory stays bounded under one trial repeated for ever, the hardest case of a bound that holds token
 * by token: a write strength and decay, and key and value of equal length that grows.
 *
 *   bounded: |S_2n| <= 1.2 |S_n|, from a random start        edge found to reach / 400
 *
 * Source: docs/theory.md 2.1, 2.4, 2.6. State: float32, current tfjs backend; disposes what it makes.
 * @throws ConfigError for a rule or parameter that does not exist, or a decay outside (0, 1].
 */
export function runStability(options: StabilityOptions): readonly StabilityPoint[] {
  checkOptions('runStability', options);
  const wrong = options.decays.find((decay) => !(decay > 0 && decay <= 1));
  if (wrong !== undefined) {
    throw new ConfigError(`decay: expected a number above 0 and at most 1, got ${wrong}`);
  }
  const { steps = 256, reach = 4 } = options;
  return options.rules.flatMap((name) => {
    const rule = lookUp('rule', rules, name);
    const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
    const rng = options.rng.derive(name);
    const vectors = {
      key: unitVector(rng.derive('key'), WIDTH),
      value: unitVector(rng.derive('value'), WIDTH),
      start: rng.derive('start').normals(WIDTH * WIDTH),
    };
    return options.betas.flatMap((beta) =>
      options.decays.map((decay) => edgeOf({ rule, params, beta, decay, steps, ...vectors }, reach)),
    );
  });
}

function edgeOf(run: Run, reach: number): StabilityPoint {
  const { rule, beta, decay } = run;
  const { scaleOf, dependsOnState } = scaling(run);
  const span = (low: number, high: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => low + ((i + 1) * (high - low)) / count);
  const firstUnbounded = (values: readonly number[]): number | undefined => {
    const bounded = boundedRows(run, values.map(scaleOf));
    return values.find((_, i) => bounded[i] !== true);
  };
  const coarse = firstUnbounded(span(0, reach, 20));
  const step = reach / 20;
  const fine = coarse === undefined ? undefined : firstUnbounded(span(coarse - step, coarse, 20));
  const unbounded = fine ?? coarse ?? null;
  const bounded = unbounded === null ? reach : Math.max(0, unbounded - step / 20);
  const predicted = rule.stability ? (predictions[rule.name]?.stability?.(decay) ?? null) : null;
  const point = {
    rule: rule.name,
    beta,
    decay,
    dependsOnState,
    bounded,
    unbounded,
    predicted,
    quantity: rule.stability?.quantity ?? 'beta |k| |v|',
    bound: rule.stability?.bound ?? null,
  };
  return { ...point, agrees: agreement(point, step / 20) };
}

function agreement(point: Omit<StabilityPoint, 'agrees'>, step: number): boolean | null {
  const { bound, bounded, unbounded, predicted, dependsOnState } = point;
  if (dependsOnState || (bound === null && predicted === null)) return null;
  const edge = unbounded ?? Infinity;
  const safe = bound === null || bound <= edge + step;
  const right = predicted === null || (predicted >= bounded - step && predicted <= edge + step);
  return safe && right;
}

interface Scaling {
  /** How long key and value must be for a value of the rule's quantity, which is a power of their length. */
  readonly scaleOf: (value: number) => number;
  readonly dependsOnState: boolean;
}

function scaling(run: Run): Scaling {
  const { rule, params, beta } = run;
  if (!rule.stability) return { scaleOf: (value) => Math.sqrt(value / beta), dependsOnState: false };
  const [unit, double, full] = tf.tidy(() => {
    const empty = rule.initState({ B: 1, H: 1, K: WIDTH, V: WIDTH }, params);
    const at = (length: number, state: RuleState): number =>
      rule.stability?.measure(tokenOf(run, [length]), state, params).dataSync()[0] ?? NaN;
    return [at(1, empty), at(2, empty), at(1, { ...empty, S: startOf(run, 1) })] as [number, number, number];
  });
  const order = Math.log2(double / unit);
  return {
    scaleOf: (value) => (value / unit) ** (1 / order),
    dependsOnState: Math.abs(full - unit) > 1e-6 * unit,
  };
}

/** One token a row, `[B,1,..]`: key and value of the row's length. */
function tokenOf(run: Run, lengths: readonly number[]): Parameters<LearningRule['step']>[1] {
  const rows = (x: Float64Array): Tensor =>
    tf.tensor3d(
      lengths.flatMap((length) => Array.from(x, (value) => length * value)),
      [lengths.length, 1, WIDTH],
    );
  const [k, v] = [rows(run.key), rows(run.value)];
  const sizes = { K: WIDTH, V: WIDTH, params: run.params };
  return {
    q: k,
    k: inWrites(run.rule, run.params, k),
    v: inWrites(run.rule, run.params, v),
    signals: signalsAt(run.rule, run.beta, [lengths.length, 1], sizes),
  };
}

/** The random memory every row starts from, `[B,1,V,K]`. */
function startOf({ start }: Run, rows: number): Tensor {
  return tf.tile(tf.tensor4d(start, [1, 1, WIDTH, WIDTH]), [rows, 1, 1, 1]);
}

/** Whether each row stays bounded. */
function boundedRows(run: Run, lengths: readonly number[]): boolean[] {
  const { rule, params, decay, steps } = run;
  return tf.tidy(() => {
    const B = lengths.length;
    const token = tokenOf(run, lengths);
    const repeated = (x: Tensor): Tensor =>
      tf.tile(tf.expandDims(x, 2), [1, 1, steps, ...x.shape.slice(2).map(() => 1)]);
    const signals = Object.entries(token.signals).map(([name, x]) => [name, repeated(x)] as const);
    const xs = {
      q: repeated(token.q),
      k: repeated(token.k),
      v: repeated(token.v),
      signals: Object.fromEntries(signals),
      ...(decay < 1 && { logDecay: tf.fill([B, 1, steps], Math.log(decay)) }),
    };
    const empty = rule.initState({ B, H: 1, K: WIDTH, V: WIDTH }, params);
    const go = (state: RuleState): RuleState => runRule(rule, xs, { form: 'step', state, params }).state;
    const once = go({ ...empty, S: startOf(run, B) });
    const twice = go(once);
    const norms = [once, twice].map(({ S }) => tf.sqrt(tf.sum(tf.square(S), [1, 2, 3])).dataSync());
    return lengths.map((_, i) => {
      const [first = NaN, second = NaN] = norms.map((norm) => norm[i] ?? NaN);
      return Number.isFinite(second) && second <= GROWTH * first + 1e-6;
    });
  });
}
