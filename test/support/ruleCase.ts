import { tf, type Scalar, type Tensor } from '../../src/core/tf.js';
import { Rng } from '../../src/core/rng.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import { sizeOf } from '../../src/core/shapes.js';
import type { Engine } from '../../src/engine/engine.js';
import { gates } from '../../src/gates/registry.js';
import type { RuleState } from '../../src/rules/contract.js';
import { rules } from '../../src/rules/registry.js';
import { runRule, type RunRuleOptions } from '../../src/rules/run/runRule.js';
import { oracleGradients, runOracle, type NumberArray, type NumberArrays } from './oracle.js';

export interface CaseSizes {
  readonly B: number;
  readonly H: number;
  readonly T: number;
  readonly K: number;
  readonly V: number;
}

/** One run of a rule: inputs, and the weights that make a loss of its outputs and final state. */
export interface RuleCase {
  readonly rule: string;
  /** All of the rule's knobs. */
  readonly params: Params;
  readonly inputs: NumberArrays;
  /** `[B,T]` */
  readonly documents?: Int32Array | undefined;
  /** `outputs` and `state.<field>`. */
  readonly lossWeights: NumberArrays;
}

export interface CaseOptions extends CaseSizes {
  readonly rule: string;
  /** Whose log decay to use. */
  readonly gate: string;
  /** Knobs that are not at their defaults. */
  readonly params?: Params;
  readonly state?: boolean;
  readonly documents?: boolean;
  readonly seed?: number;
}

export const SIZES = { B: 2, H: 2, K: 5, V: 3 } as const;

function normals(rng: Rng, shape: readonly number[], scale: number): NumberArray {
  return { shape, values: Float64Array.from(rng.normals(sizeOf(shape), scale)) };
}

/** Vectors of unit length. */
function units(rng: Rng, shape: readonly number[]): NumberArray {
  const { values } = normals(rng, shape, 1);
  const size = shape.at(-1)!;
  for (let i = 0; i < values.length; i += size) {
    const norm = Math.hypot(...values.subarray(i, i + size));
    for (let j = i; j < i + size; j++) values[j] = Math.fround(values[j]! / norm);
  }
  return { shape, values };
}

/** The log decay a gate gives for random projections, as numbers. */
export function gateDecay(name: string, sizes: CaseSizes, rng: Rng): NumberArray | undefined {
  const gate = gates[name]!;
  const { B, H, T, K } = sizes;
  const place = { H, K, layer: 1, layers: 4 };
  const params = resolveParams(gate.params, {}, 'test');
  const weights = gate
    .weights(place, params)
    .map((weight) => [weight.name, tf.tensor(weight.initial(rng.derive(weight.name)), [...weight.shape])]);
  const columns = gate.columns(place);
  const shape = columns === 1 ? [B, H, T] : [B, H, T, columns];
  const projected = columns > 0 ? tf.tensor(rng.normals(sizeOf(shape)), shape) : undefined;
  const logDecay = gate.logDecay(
    { B, T, projected },
    Object.fromEntries(weights) as Record<string, Tensor>,
    place,
    params,
  );
  return logDecay && { shape: logDecay.shape, values: Float64Array.from(logDecay.dataSync()) };
}

/** A case with random numbers. */
export function ruleCase(options: CaseOptions): RuleCase {
  const { B, H, T, K, V, gate, state = true, documents = false, seed = 1 } = options;
  const rng = Rng.fromSeed(seed);
  const rule = rules[options.rule]!;
  const params = resolveParams(rule.params, options.params ?? {}, 'test');
  const signals = Object.entries(rule.signals).map(([name, { low, high }]) => {
    const top = typeof high === 'number' ? high : Number(params[high]);
    const draw = (): number => Math.fround(low + (top - low) * (0.1 + 0.8 * rng.uniform()));
    return [
      `signals.${name}`,
      { shape: [B, H, T], values: Float64Array.from({ length: B * H * T }, draw) },
    ] as const;
  });
  const logDecay = gateDecay(gate, options, rng);
  const fields = Object.entries(rule.initState({ B, H, K, V }, params));
  const perState = (scale: number): [string, NumberArray][] =>
    fields.map(([name, { shape }]) => [`state.${name}`, normals(rng, shape, scale)]);
  return {
    rule: options.rule,
    params,
    inputs: {
      q: units(rng, [B, H, T, K]),
      k: units(rng, [B, H, T, K]),
      v: rule.normalise.v === 'unit' ? units(rng, [B, H, T, V]) : normals(rng, [B, H, T, V], 1),
      ...Object.fromEntries(signals),
      ...(logDecay && { logDecay }),
      ...(state && Object.fromEntries(perState(0.5))),
    },
    ...(documents && { documents: documentIds(B, T) }),
    lossWeights: { outputs: normals(rng, [B, H, T, V], 1), ...Object.fromEntries(perState(1)) },
  };
}

/** Ids that change at odd places, on the first and last token too, and come back later in the row. */
export function documentIds(B: number, T: number): Int32Array {
  return Int32Array.from({ length: B * T }, (_, n) => {
    const [b, t] = [Math.floor(n / T), n % T];
    if (b === 0 && t === T - 1) return 9;
    return Math.floor((t + 4 * b) / 5) % 2;
  });
}

export interface RuleOutcome {
  readonly outputs: Float32Array;
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

export function tensorOf({ shape, values }: NumberArray): Tensor {
  return tf.tensor(Float32Array.from(values), [...shape]);
}

/** Runs the case's rule on tensors in the order of its inputs. */
export function applyCase(
  { rule, params, inputs, documents }: RuleCase,
  tensors: readonly Tensor[],
  options: RunRuleOptions,
): { readonly outputs: Tensor; readonly state: RuleState } {
  const named = Object.fromEntries(Object.keys(inputs).map((name, i) => [name, tensors[i]!]));
  const group = (prefix: string): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(named)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  const [B, , T] = inputs.q!.shape as [number, number, number];
  const state = group('state.');
  return runRule(
    rules[rule]!,
    {
      q: named.q!,
      k: named.k!,
      v: named.v!,
      signals: group('signals.'),
      logDecay: named.logDecay,
      documents: documents && tf.tensor2d(documents, [B, T], 'int32'),
    },
    { params, ...options, ...('S' in state && { state: state as RuleState }) },
  );
}

/** Outputs, final state and the gradient of the weighted sum of both in every input. */
export async function runCase(engine: Engine, on: RuleCase, options: RunRuleOptions): Promise<RuleOutcome> {
  const names = Object.keys(on.inputs);
  const stateNames = Object.keys(on.lossWeights).filter((name) => name !== 'outputs');
  const compiled = engine.compile((...tensors: Tensor[]) => {
    const results: Record<string, Tensor> = {};
    const loss = (...inputs: Tensor[]): Scalar => {
      const { outputs, state } = applyCase(on, inputs, options);
      results.outputs = tf.keep(outputs);
      for (const name of stateNames) results[name] = tf.keep(state[name.slice('state.'.length)]!);
      return lossOf(on, results);
    };
    const { value, grads } = tf.valueAndGrads(loss)(tensors);
    grads.forEach((grad, i) => (results[`grad.${names[i]!}`] = grad));
    results.value = value;
    return results;
  });
  const inputs = Object.values(on.inputs).map(tensorOf);
  const results = await compiled(...inputs);
  const read = (name: string): Float32Array => Float32Array.from(results[name]!.dataSync());
  const outcome = {
    outputs: read('outputs'),
    state: Object.fromEntries(stateNames.map((name) => [name, read(name)])),
    gradients: Object.fromEntries(names.map((name) => [name, read(`grad.${name}`)])),
  };
  tf.dispose([...inputs, ...Object.values(results)]);
  await compiled.dispose();
  return outcome;
}

function lossOf({ lossWeights }: RuleCase, results: Readonly<Record<string, Tensor>>): Scalar {
  const terms = Object.entries(lossWeights).map(([name, weight]) =>
    tf.sum(tf.mul(results[name]!, tensorOf(weight))),
  );
  return tf.addN(terms) as Scalar;
}

/** The loss alone, in float32. */
export function lossFloat32(on: RuleCase, options: RunRuleOptions): number {
  return tf.tidy(() => {
    const { outputs, state } = applyCase(on, Object.values(on.inputs).map(tensorOf), options);
    const fields = Object.entries(state).map(([name, x]) => [`state.${name}`, x] as const);
    return [['outputs', outputs] as const, ...fields].reduce(
      (sum, [name, x]) => sum + tf.sum(tf.mul(x, tensorOf(on.lossWeights[name]!))).dataSync()[0]!,
      0,
    );
  });
}

/** The outputs alone, on the backend that is set. */
export function outputsOf(on: RuleCase, options: RunRuleOptions): Float32Array {
  const read = tf.tidy(() =>
    applyCase(on, Object.values(on.inputs).map(tensorOf), options).outputs.dataSync(),
  );
  return Float32Array.from(read);
}

/** The oracle's outputs alone. */
export function oracleOutput(on: RuleCase): Float64Array {
  return runOracle(on.rule, on.inputs, on.documents, on.params).outputs.values;
}

/** The same by the oracle; gradients by central differences in float64. */
export function oracleOutcome(on: RuleCase): {
  readonly outputs: Float64Array;
  readonly state: Readonly<Record<string, Float64Array>>;
  readonly gradients: Readonly<Record<string, Float64Array>>;
} {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const loss = (inputs: NumberArrays): number => {
    const { outputs, state } = runOracle(on.rule, inputs, on.documents, on.params);
    const all: NumberArrays = { outputs, ...state };
    return Object.entries(on.lossWeights).reduce(
      (sum, [name, weight]) => sum + dot(weight.values, all[name]!.values),
      0,
    );
  };
  const { outputs, state } = runOracle(on.rule, on.inputs, on.documents, on.params);
  return {
    outputs: outputs.values,
    state: Object.fromEntries(Object.entries(state).map(([name, x]) => [name, x.values])),
    gradients: oracleGradients(loss, on.inputs),
  };
}
