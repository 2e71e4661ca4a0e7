import { Rng } from '../../core/rng.js';
import { resolveParams, type Params } from '../../core/params.js';
import { sizeOf } from '../../core/shapes.js';
import { tf, type Scalar, type Tensor } from '../../core/tf.js';
import type { Engine } from '../../engine/engine.js';
import type { DecayGate, GatePlace, GateWeight } from '../../gates/contract.js';
import { CompiledCalls, leftBehind, lossOf, tensorOf } from '../compiledCalls.js';
import type { NamedNumbers, Numbers } from '../ruleCase.js';

/** Where a gate is put to be checked; no two sizes are the same. */
const PLACE: GatePlace = { H: 3, K: 5, layer: 1, layers: 4 };
/** Rows, and tokens per row. */
export const ROWS = 2;
export const TOKENS = 6;

/** What a gate is given: `projected` and its weights by name. */
export type GateInputs = NamedNumbers;

const tensorsOf = (inputs: NamedNumbers): Tensor[] => Object.values(inputs).map(tensorOf);

/** One gate on one engine, at one place with one choice of parameters. */
export class GateRunner {
  private readonly calls: CompiledCalls;
  readonly params: Params;

  constructor(
    readonly gate: DecayGate,
    readonly engine: Engine,
    private readonly end: () => Promise<void>,
    given: Params = {},
    readonly place: GatePlace = PLACE,
  ) {
    this.params = resolveParams(gate.params, given, `gate ${gate.name}: params`);
    this.calls = new CompiledCalls(engine, `check ${gate.name}`);
  }

  /** The same gate elsewhere, or with other parameters. It is disposed of by itself. */
  with(params: Params, place = this.place): GateRunner {
    return new GateRunner(this.gate, this.engine, async () => undefined, params, place);
  }

  get columns(): number {
    return this.gate.columns(this.place, this.params);
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
      ...(columns > 0 && { projected: { shape, values } }),
      ...Object.fromEntries(
        this.weights.map((weight) => {
          const { name, shape: own } = weight;
          return [
            name,
            { shape: own, values: weight.initial(Rng.fromSeed(4).derive(name)) } satisfies Numbers,
          ] as const;
        }),
      ),
    };
  }

  /** The log decay; undefined where there is none. With `weighting`, also the gradient of its weighted sum. */
  async run(inputs: GateInputs, weighting?: Float32Array): Promise<NamedNumbers> {
    const names = Object.keys(inputs);
    const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, shape]);
    const given = [...tensorsOf(inputs), tf.tensor1d(weighting ?? new Float32Array([0]))];
    return this.calls.run(JSON.stringify([shapes, !weighting]), given, (...tensors) =>
      this.apply(names, tensors, weighting !== undefined),
    );
  }

  /** What it gives on these inputs, without an engine; what it leaves behind is counted. */
  leftBehind(inputs: GateInputs): number {
    const names = Object.keys(inputs);
    return leftBehind(tensorsOf(inputs), (tensors) => [this.logDecay(names, tensors) ?? []].flat());
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
      return lossOf([tf.sum(tf.mul(decay, weights))], inputs);
    };
    const found = tf.grads(loss)(tensors);
    return Object.fromEntries(found.map((gradient, i) => [names[i] ?? '', gradient]));
  }

  async dispose(): Promise<void> {
    await this.calls.forget();
    await this.end();
  }
}
