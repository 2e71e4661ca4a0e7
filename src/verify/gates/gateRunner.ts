import { Rng } from '../../core/rng.js';
import { resolveParams, type Params } from '../../core/params.js';
import { sizeOf } from '../../core/shapes.js';
import { tf, type Scalar, type Tensor } from '../../core/tf.js';
import type { CompiledFunction, Engine } from '../../engine/engine.js';
import type { DecayGate, GatePlace, GateWeight } from '../../gates/contract.js';

/** Where a gate is put to be checked; no two sizes are the same. */
const PLACE: GatePlace = { H: 3, K: 5, layer: 1, layers: 4 };
/** Rows, and tokens per row. */
export const ROWS = 2;
export const TOKENS = 6;

/** Numbers of a tensor. */
export interface GateNumbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a gate is given: `projected` and its weights by name. */
export type GateInputs = Readonly<Record<string, GateNumbers>>;

type Compiled = CompiledFunction<Tensor[], Record<string, Tensor>>;

function numbersOf(shape: readonly number[], values: Float32Array): GateNumbers {
  return { shape, values };
}

/** One gate on one engine, at one place with one choice of parameters. */
export class GateRunner {
  private readonly compiled = new Map<string, Compiled>();
  readonly params: Params;

  constructor(
    readonly gate: DecayGate,
    readonly engine: Engine,
    private readonly end: () => Promise<void>,
    given: Params = {},
    readonly place: GatePlace = PLACE,
  ) {
    this.params = resolveParams(gate.params, given, `gate ${gate.name}: params`);
  }

  /** The same gate elsewhere, or with other parameters. It is disposed of by itself. */
  with(params: Params, place = this.place): GateRunner {
    return new GateRunner(this.gate, this.engine, async () => undefined, params, place);
  }

  get columns(): number {
    return this.gate.columns(this.place);
  }

  get weights(): readonly GateWeight[] {
    return this.gate.weights(this.place, this.params);
  }

  /** Random projections of so many rows and tokens, times `scale`, and the weights as they start. */
  inputs(tokens = TOKENS, scale = 1): GateInputs {
    const { H } = this.place;
    const { columns } = this;
    const shape = columns === 1 ? [ROWS, H, tokens] : [ROWS, H, tokens, columns];
    const values = Rng.fromSeed(3).derive('projected').normals(sizeOf(shape), scale);
    return {
      ...(columns > 0 && { projected: numbersOf(shape, values) }),
      ...Object.fromEntries(
        this.weights.map((weight) => {
          const { name, shape: own } = weight;
          return [name, numbersOf(own, weight.initial(Rng.fromSeed(4).derive(name)))] as const;
        }),
      ),
    };
  }

  /** The log decay; undefined where there is none. With `weighting`, also the gradient of its weighted sum. */
  async run(inputs: GateInputs, weighting?: Float32Array): Promise<Readonly<Record<string, GateNumbers>>> {
    const names = Object.keys(inputs);
    const key = JSON.stringify([
      Object.entries(inputs).map(([name, { shape }]) => [name, shape]),
      !weighting,
    ]);
    const compiled =
      this.compiled.get(key) ??
      this.engine.compile((...tensors: Tensor[]) => this.apply(names, tensors, weighting !== undefined), {
        name: `check ${this.gate.name}`,
      });
    this.compiled.set(key, compiled);
    const given = [
      ...Object.values(inputs).map(({ shape, values }) => tf.tensor(values, [...shape])),
      tf.tensor1d(weighting ?? new Float32Array([0])),
    ];
    try {
      const results = await compiled(...given);
      const read = Object.entries(results).map(async ([name, x]) => {
        return [name, numbersOf(x.shape, Float32Array.from(await x.data()))] as const;
      });
      return Object.fromEntries(await Promise.all(read).finally(() => tf.dispose(results)));
    } finally {
      tf.dispose(given);
    }
  }

  /** What it gives on these inputs, without an engine; what it leaves behind is counted. */
  leftBehind(inputs: GateInputs): number {
    const given = Object.values(inputs).map(({ shape, values }) => tf.tensor(values, [...shape]));
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => [this.logDecay(Object.keys(inputs), given) ?? []].flat());
    const left = tf.memory().numTensors - before - results.filter((x) => !given.includes(x)).length;
    tf.dispose([...given, ...results]);
    return left;
  }

  private logDecay(names: readonly string[], tensors: readonly Tensor[]): Tensor | undefined {
    const named = Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])); // as many
    const { projected, ...weights } = named;
    const T = projected?.shape[2] ?? TOKENS;
    return this.gate.logDecay({ B: ROWS, T, projected }, weights, this.place, this.params);
  }

  private apply(
    names: readonly string[],
    given: readonly Tensor[],
    gradients: boolean,
  ): Record<string, Tensor> {
    const tensors = given.slice(0, names.length);
    const weighting = given[names.length] as Tensor; // the last that is given
    if (!gradients) {
      const decay = this.logDecay(names, tensors);
      return decay ? { 'log decay': tf.clone(decay) } : { none: tf.mul(weighting, 1) };
    }
    const loss = (...inputs: Tensor[]): Scalar => {
      const decay = this.logDecay(names, inputs) ?? tf.zeros([1]);
      const weights = tf.reshape(tf.slice(weighting, [0], [decay.size]), decay.shape);
      // Inputs that nothing depends on have gradients too: zeros.
      return tf.addN([
        tf.sum(tf.mul(decay, weights)),
        ...inputs.map((x) => tf.sum(tf.zerosLike(x))),
      ]) as Scalar; // of scalars
    };
    const found = tf.grads(loss)(tensors);
    return Object.fromEntries(found.map((gradient, i) => [names[i] ?? '', gradient]));
  }

  async dispose(): Promise<void> {
    for (const compiled of this.compiled.values()) await compiled.dispose();
    this.compiled.clear();
    await this.end();
  }
}
