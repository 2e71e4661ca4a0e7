import { expect } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Engine } from '../../src/engine/engine.js';
import { rules } from '../../src/rules/registry.js';
import { CLOSE, difference, type Tolerance } from '../../src/verify/compare.js';
import {
  DIMS,
  mapped,
  ruleCase as drawnCase,
  type CaseOptions as DrawnOptions,
  type NamedNumbers,
  type Numbers,
  type RuleCase as DrawnCase,
} from '../../src/verify/ruleCase.js';
import { RuleRunner, type Form, type Outcome } from '../../src/verify/ruleRunner.js';
import { oracleGradients, runOracle } from './oracle.js';

/** Sizes that tell every axis from every other. */
export const SIZES = DIMS;

/** A case of a rule, by its name, with the weights of the loss of its outputs and final state. */
export interface RuleCase extends DrawnCase {
  readonly rule: string;
  readonly lossWeights: NamedNumbers;
}

export interface CaseOptions extends Omit<DrawnOptions, 'params'> {
  readonly rule: string;
  /** Parameters that are not at their defaults. */
  readonly params?: Params;
  readonly seed?: number;
}

/** The case that `checkRule` would draw, from a random state unless said otherwise. */
export function ruleCase({ rule, params = {}, seed = 1, ...options }: CaseOptions): RuleCase {
  const tested = rules[rule]!;
  const resolved = resolveParams(tested.params, params, 'test');
  const on = drawnCase(tested, Rng.fromSeed(seed), { state: true, ...options, params: resolved });
  return { ...on, rule, lossWeights: new RuleRunner(tested, NO_ENGINE, []).lossWeights(on) };
}

/** For what needs none. */
const NO_ENGINE = {} as Engine;

/** Step by step, and in chunks of each size where the rule and the case allow it. */
export function formsOf(on: RuleCase, ...chunkSizes: readonly number[]): readonly Form[] {
  return new RuleRunner(rules[on.rule]!, NO_ENGINE, []).forms(on, ...chunkSizes);
}

/** Outputs, final state and the gradient of the weighted sum of both in every input. */
export async function runCase(engine: Engine, on: RuleCase, form: Form): Promise<Outcome> {
  const runner = new RuleRunner(rules[on.rule]!, engine, []);
  try {
    return await runner.run(on, form, true);
  } finally {
    await runner.dispose();
  }
}

/** The same by the oracle; gradients by central differences in float64. */
export function oracleOutcome(on: RuleCase): Outcome {
  const run = (inputs: Parameters<typeof runOracle>[1]) => {
    const { outputs, state } = runOracle(on.rule, inputs, on.documents, on.params);
    return { outputs, ...state };
  };
  const results: Record<string, { shape: readonly number[]; values: Float64Array }> = run(on.inputs);
  const [B, H] = results.outputs!.shape as [number, number];
  const losses = (inputs: Parameters<typeof runOracle>[1]): Float64Array => {
    const found: typeof results = run(inputs);
    const sums = new Float64Array(B * H);
    for (const [name, weight] of Object.entries(on.lossWeights)) {
      const { values } = found[name]!;
      const size = values.length / sums.length;
      values.forEach((x, i) => (sums[Math.floor(i / size)]! += x * weight.values[i]!));
    }
    return sums;
  };
  const float32 = ([name, { shape, values }]: [string, (typeof results)[string]]) =>
    [name, { shape, values: Float32Array.from(values) }] as const;
  const named = Object.entries(oracleGradients(losses, on.inputs, H)).map(
    ([name, values]): [string, (typeof results)[string]] => [
      `gradient of ${name}`,
      { shape: on.inputs[name]!.shape, values },
    ],
  );
  return Object.fromEntries([...Object.entries(results), ...named].map(float32));
}

/** Outputs, final state and every gradient that is wanted. */
export function expectSame(got: Outcome, wanted: Outcome, tolerance: Tolerance = CLOSE): void {
  expect(difference(got, wanted, tolerance)).toBeUndefined();
}

/** The case with some inputs replaced. */
export function withInputs(
  on: RuleCase,
  change: Readonly<Record<string, (x: Numbers) => Numbers>>,
): RuleCase {
  const inputs = Object.entries(on.inputs).map(([name, x]) => [name, change[name]?.(x) ?? x] as const);
  return { ...on, inputs: Object.fromEntries(inputs) };
}

export const filledWith = (value: (index: number) => number) => (x: Numbers) =>
  mapped(x, (_, index) => value(index));

/** Inputs that start from an empty memory. */
export function withoutState(inputs: NamedNumbers): NamedNumbers {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith('state.')));
}

/** The log decay of a shape that every rule must take. */
export function withDecay(
  on: RuleCase,
  shape: readonly number[],
  value: (index: number) => number,
): RuleCase {
  const length = shape.reduce((n, size) => n * size, 1);
  const logDecay = { shape, values: Float32Array.from({ length }, (_, i) => value(i)) };
  return { ...on, inputs: { ...on.inputs, logDecay } };
}

/** Parameter settings of a rule: each at each of its words or at both ends of its range, the rest at their defaults. */
export function paramSettings(rule: string): Params[] {
  return Object.entries(rules[rule]!.params).flatMap(([name, spec]) =>
    (spec.choices ?? spec.range!).map((value) => ({ [name]: value })),
  );
}

/** The largest write strength that any setting of a rule's parameters allows. */
export function strongestWrite(rule: string): number {
  const { signals, params } = rules[rule]!;
  const { high } = signals.beta ?? { high: 1 };
  return typeof high === 'number' ? high : params[high]!.range![1];
}
