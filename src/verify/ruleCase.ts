import type { Params } from '../core/params.js';
import type { Rng } from '../core/rng.js';
import { sizeOf } from '../core/shapes.js';
import { tf, type Tensor } from '../core/tf.js';
import type { LearningRule, Normalisation, RuleDims, RuleState, TokenInput } from '../rules/contract.js';
import { signalShape, writesOf } from '../rules/inputs.js';

/** Numbers of a tensor. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type NamedNumbers = Readonly<Record<string, Numbers>>;

interface CaseSizes extends RuleDims {
  readonly T: number;
}

/** No decay; one per head and token; the same for all rows; one per key channel too. */
export type DecayKind = 'none' | 'head' | 'shared' | 'channel';

/** What a rule is run on. */
export interface RuleCase {
  /** All of the rule's parameters. */
  readonly params: Params;
  /** `q`, `k`, `v`, `signals.<name>`, `logDecay`, `state.<field>`. */
  readonly inputs: NamedNumbers;
  /** `[B,T]` */
  readonly documents?: Int32Array | undefined;
  /** Weights of the loss that gradients are of: `outputs`, `state.<field>`; 0 where one is left out. Default: random. */
  readonly lossWeights?: NamedNumbers;
  /** In words, for findings. */
  readonly label: string;
}

export interface CaseOptions extends CaseSizes {
  readonly params: Params;
  readonly decay?: DecayKind;
  readonly state?: boolean;
  readonly documents?: boolean;
}

/** Sizes that tell every axis from every other. */
export const DIMS: RuleDims = { B: 2, H: 2, K: 5, V: 3 };

/** Ids that change at odd places, on the last token too, and come back later in the row. */
function documentIds(B: number, T: number): Int32Array {
  return Int32Array.from({ length: B * T }, (_, n) => {
    const [b, t] = [Math.floor(n / T), n % T];
    return b === 0 && t === T - 1 ? 9 : Math.floor((t + 4 * b) / 5) % 2;
  });
}

/** Vectors as the layer prepares them: of unit length, of length about 1, or standard normal. */
export function vectors(rng: Rng, shape: readonly number[], kind: Normalisation): Numbers {
  const size = shape.at(-1) ?? 1;
  const values = rng.normals(sizeOf(shape), kind === 'scaled' ? 1 / Math.sqrt(size) : 1);
  if (kind !== 'unit') return { shape, values };
  for (let i = 0; i < values.length; i += size) {
    const vector = values.subarray(i, i + size);
    const norm = Math.hypot(...vector);
    vector.forEach((x, j) => (vector[j] = x / norm));
  }
  return { shape, values };
}

/** The bounds of a signal, with the parameter that may hold the upper one. */
export function signalBounds(rule: LearningRule, name: string, params: Params): readonly [number, number] {
  const spec = rule.signals[name];
  if (!spec) throw new RangeError(`rule ${rule.name}: expected the signal '${name}', got none`);
  return [spec.low, typeof spec.high === 'string' ? Number(params[spec.high]) : spec.high];
}

function signals(rng: Rng, rule: LearningRule, { B, H, T, K, V, params }: CaseOptions): [string, Numbers][] {
  const sizes = { K, V, writes: writesOf(rule, params) };
  return Object.entries(rule.signals).map(([name, spec]) => {
    const [low, high] = signalBounds(rule, name, params);
    const draw = (): number => low + (high - low) * (0.1 + 0.8 * rng.uniform());
    const shape = signalShape(spec, [B, H, T], sizes);
    return [`signals.${name}`, { shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) }];
  });
}

/** Log decays from weak to strong. */
function logDecay(rng: Rng, { B, H, T, K, decay = 'none' }: CaseOptions): [string, Numbers][] {
  if (decay === 'none') return [];
  const shape = decay === 'channel' ? [B, H, T, K] : [decay === 'shared' ? 1 : B, H, T];
  const draw = (): number => -Math.exp(2 * rng.normal() - 2);
  return [['logDecay', { shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) }]];
}

/** Fields of an empty memory's state. */
export function emptyState(rule: LearningRule, dims: RuleDims, params: Params): NamedNumbers {
  const state = tf.tidy(() => {
    const fields = Object.entries(rule.initState(dims, params));
    return fields.map(([name, x]) => [name, { shape: x.shape, values: Float32Array.from(x.dataSync()) }]);
  });
  return Object.fromEntries(state) as NamedNumbers; // pairs of a name and numbers
}

/** Square fields are a vector times itself, so they stay symmetric and without negative eigenvalues, or any above 1. */
function covariances(rng: Rng, values: Float32Array, n: number): Float32Array {
  const vectorsDrawn = rng.normals(values.length / n, 0.2);
  return values.map((x, i) => {
    const first = Math.floor(i / (n * n)) * n;
    const [row, column] = [Math.floor(i / n) % n, i % n];
    return x + (vectorsDrawn[first + row] ?? 0) * (vectorsDrawn[first + column] ?? 0);
  });
}

/** Fields of a state that is not empty: the empty one, moved by random amounts. */
function startState(rng: Rng, rule: LearningRule, options: CaseOptions): [string, Numbers][] {
  if (!options.state) return [];
  return Object.entries(emptyState(rule, options, options.params)).map(([name, { shape, values }]) => {
    const [, , n = 1, m] = shape;
    if (name !== 'S' && n === m) return [`state.${name}`, { shape, values: covariances(rng, values, n) }];
    // Only S may be of any sign: a moving average of squares, say, is none of a negative number.
    const move = (): number => (name === 'S' ? 0.5 * rng.normal() : 0.5 * rng.uniform());
    return [`state.${name}`, { shape, values: values.map((x) => x + move()) }];
  });
}

const DECAY_LABELS: Readonly<Record<DecayKind, string>> = {
  none: 'no decay',
  head: 'a decay per head',
  shared: 'one decay for all rows',
  channel: 'a decay per key channel',
};

/** A case with random numbers; queries and keys have unit length, whatever the rule asks for. */
export function ruleCase(rule: LearningRule, rng: Rng, options: CaseOptions): RuleCase {
  const { B, H, T, K, V, params, decay = 'none', documents = false } = options;
  const writes = writesOf(rule, params);
  // Each of several vectors has unit length, so they are drawn as of so many tokens.
  const eachWrite = (stream: Rng, size: number, kind: Normalisation): Numbers => ({
    shape: [B, H, T, writes * size],
    values: vectors(stream, [B, H, T * writes, size], kind).values,
  });
  const facts = [`T = ${T}`, DECAY_LABELS[decay], ...(documents ? ['several documents'] : [])];
  return {
    params,
    label: facts.join(', '),
    inputs: {
      q: vectors(rng.derive('q'), [B, H, T, K], 'unit'),
      k: eachWrite(rng.derive('k'), K, 'unit'),
      v: eachWrite(rng.derive('v'), V, rule.normalise.v === 'unit' ? 'unit' : 'none'),
      ...Object.fromEntries(signals(rng.derive('signals'), rule, options)),
      ...Object.fromEntries(logDecay(rng.derive('decay'), options)),
      ...Object.fromEntries(startState(rng.derive('state'), rule, options)),
    },
    ...(documents && { documents: documentIds(B, T) }),
  };
}

/** The case with some inputs replaced, and a word on it. */
export function withInputs(on: RuleCase, inputs: NamedNumbers, label?: string): RuleCase {
  return {
    ...on,
    inputs: { ...on.inputs, ...inputs },
    label: label === undefined ? on.label : `${on.label}, ${label}`,
  };
}

/** Numbers changed one by one. */
export function mapped({ shape, values }: Numbers, change: (x: number, index: number) => number): Numbers {
  return { shape, values: values.map(change) };
}

/** Names of the inputs that a token has: all but the state's. */
export function tokenInputs({ inputs }: RuleCase): readonly string[] {
  return Object.keys(inputs).filter((name) => !name.startsWith('state.'));
}

/** Which token of `[B,H,T]` or `[B,H,T,X]` an element belongs to. */
export function tokenOf(shape: readonly number[], index: number): number {
  const [, , T = 1, width = 1] = shape;
  return Math.floor(index / width) % T;
}

/** The tokens from `from` to before `to` of every input that has tokens. */
export function slicedInTime(on: RuleCase, from: number, to: number): RuleCase {
  const sliced = tokenInputs(on).map((name) => {
    const { shape, values } = on.inputs[name] as Numbers; // one of its names
    const kept = values.filter((_, i) => tokenOf(shape, i) >= from && tokenOf(shape, i) < to);
    return [name, { shape: shape.map((n, axis) => (axis === 2 ? to - from : n)), values: kept }] as const;
  });
  return { ...withInputs(on, Object.fromEntries(sliced)), documents: undefined };
}

/** Row b and head h of every input, alone. */
export function oneMemory(on: RuleCase, b: number, h: number): RuleCase {
  const inputs = Object.entries(on.inputs).map(([name, { shape, values }]) => {
    const [, H = 1] = shape;
    const size = values.length / (H * (shape[0] ?? 1));
    const start = (b * H + h) * size;
    return [name, { shape: [1, 1, ...shape.slice(2)], values: values.slice(start, start + size) }] as const;
  });
  return { ...on, inputs: Object.fromEntries(inputs), documents: undefined };
}

/** Token t of every input as tensors: `[B,H]`, or `[B,H,X]`. */
export function tokenAt({ inputs }: RuleCase, t: number): TokenInput {
  const at = (name: string): Tensor => {
    const { shape, values } = inputs[name] as Numbers; // only inputs of the case are asked for
    const [B = 1, H = 1, T = 1, width = 1] = shape;
    const part = Float32Array.from({ length: B * H * width }, (_, i) => {
      return values[(Math.floor(i / width) * T + t) * width + (i % width)] ?? NaN;
    });
    return tf.tensor(part, shape.length === 4 ? [B, H, width] : [B, H]);
  };
  const signalNames = Object.keys(inputs).filter((name) => name.startsWith('signals.'));
  const named = signalNames.map((name) => [name.slice('signals.'.length), at(name)] as const);
  return { q: at('q'), k: at('k'), v: at('v'), signals: Object.fromEntries(named) };
}

/** The fields of the state among named numbers, as tensors. */
export function stateOf(numbers: NamedNumbers): RuleState {
  const own = Object.entries(numbers).filter(([name]) => name.startsWith('state.'));
  const fields = own.map(([name, { shape, values }]) => {
    return [name.slice('state.'.length), tf.tensor(values, [...shape])] as const;
  });
  return Object.fromEntries(fields) as RuleState; // S among them
}
