import { z } from 'zod';
import { Rng } from '../../core/rng.js';
import { sizeOf } from '../../core/shapes.js';
import { tf, type Scalar, type Tensor } from '../../core/tf.js';
import type { Weights, WeightSpec } from '../../core/weights.js';
import type { Engine } from '../../engine/engine.js';
import { gates } from '../../gates/registry.js';
import {
  memorySettings,
  type Mixer,
  type MixerPlan,
  type MixerSettings,
  type MixerState,
  normEpsilon,
  place,
  sizes,
} from '../../mixers/contract.js';
import { planMixer } from '../../mixers/registry.js';
import { rules } from '../../rules/registry.js';
import { CompiledCalls, leftBehind, lossOf, tensorOf } from '../compiledCalls.js';
import type { NamedNumbers, Numbers } from '../ruleCase.js';

/** Model width; no two sizes are the same, and a row is longer than a chunk. */
export const WIDTH = 14;
export const ROWS = 2;
export const TOKENS = 11;
/** Tokens that the state of a mixer that keeps tokens holds. */
export const CACHE = 16;

const SIZES = { heads: 3, keySize: 4, valueSize: 5, chunkSize: 4, layer: 1, layers: 4 };

/** The settings that a mixer is checked with: its options have their defaults, and any rule and gate drive it. */
function settingsOf(mixer: Mixer): MixerSettings {
  const schema = z.object({ ...sizes, ...memorySettings, ...place, normEpsilon, ...mixer.options });
  const [rule, gate] = [rules, gates].map((table) => Object.keys(table)[0]);
  return schema.parse({ ...SIZES, rule, gate });
}

/** How a row is run. */
export interface Row {
  /** `[rows,T]`; without them a row is one document. */
  readonly documents?: Int32Array;
  /** Numbers of tokens that `next` is given one after another; without them `forward` is given all. */
  readonly pieces?: readonly number[];
}

interface Made {
  readonly plan: MixerPlan;
  readonly specs: readonly WeightSpec[];
  readonly weights: readonly Numbers[];
}

/** One mixer on one engine, with weights that are all different from 0. */
export class MixerRunner {
  private readonly calls: CompiledCalls;
  private made: Made | undefined;

  constructor(
    readonly mixer: Mixer,
    engine: Engine,
    private readonly end: () => Promise<void>,
  ) {
    this.calls = new CompiledCalls(engine, `check ${mixer.name}`);
  }

  get plan(): MixerPlan {
    return this.make().plan;
  }

  get specs(): readonly WeightSpec[] {
    return this.make().specs;
  }

  /** In the order of the specs. */
  get weights(): readonly Numbers[] {
    return this.make().weights;
  }

  /** Random tokens `[rows,T,WIDTH]`. */
  inputs(T: number, rows = ROWS): Numbers {
    const shape = [rows, T, WIDTH];
    return { shape, values: Rng.fromSeed(2).derive('x').normals(sizeOf(shape)) };
  }

  /** `[rows,T,WIDTH]` of these tokens. */
  async run(x: Numbers, row: Row = {}, given = this.weights): Promise<Numbers> {
    const { outputs } = await this.call(
      'outputs',
      { x, weights: given },
      row,
      (weights, tokens, documents) => ({
        outputs: this.outputs(weights, tokens, row, documents),
      }),
    );
    return outputs ?? { shape: [], values: new Float32Array() };
  }

  /** The gradients of a weighted sum of the outputs, of `x` and of the weights by name. */
  async gradients(x: Numbers, weighting: Float32Array): Promise<NamedNumbers> {
    const names = ['x', ...this.specs.map(({ name }) => name)];
    const [B = 0, T = 0] = x.shape;
    return this.call('gradients', { x, weights: this.weights }, {}, (weights, tokens) => {
      const loss = (given: Tensor, ...rest: Tensor[]): Scalar => {
        const outputs = this.outputs(this.named(rest), given, {});
        return lossOf([tf.sum(tf.mul(outputs, tf.tensor(weighting, [B, T, WIDTH])))], rest);
      };
      const all = [tokens, ...this.specs.map(({ name }) => weights[name] as Tensor)]; // every one of them
      const found = tf.grads(loss)(all);
      return Object.fromEntries(found.map((gradient, i) => [names[i] ?? '', gradient]));
    });
  }

  /** What a state holds before the first token, by name. */
  startShapes(rows: number, cacheLength: number): Readonly<Record<string, readonly number[]>> {
    return shapesOf(tf.tidy(() => this.plan.initState(rows, cacheLength)));
  }

  /** What a state holds after so many tokens. */
  nextShapes(T: number): Readonly<Record<string, readonly number[]>> {
    const given = this.tensors(this.inputs(T));
    const state = tf.tidy(() => {
      const [x, ...weights] = given;
      return this.plan.next(this.named(weights), x as Tensor, this.plan.initState(ROWS, CACHE)).state; // x is the first
    });
    tf.dispose(given);
    return shapesOf(state);
  }

  /** Tensors that `forward` and `next` leave behind. */
  leftBehind(): number {
    const run = ([x, ...weights]: readonly Tensor[]): Tensor[] => {
      const [tokens, named] = [x as Tensor, this.named(weights)]; // x is the first
      const { output, state } = this.plan.next(named, tokens, this.plan.initState(ROWS, CACHE));
      return [this.plan.forward(named, tokens), output, ...Object.values(state)];
    };
    return leftBehind(this.tensors(this.inputs(TOKENS)), run);
  }

  async dispose(): Promise<void> {
    await this.calls.forget();
    await this.end();
  }

  /** At the first check that asks: what it throws is that check's finding. */
  private make(): Made {
    if (this.made) return this.made;
    const { mixer } = this;
    const plan = planMixer(mixer, settingsOf(mixer), `mixer ${mixer.name}`);
    const specs = plan.specs(WIDTH);
    const rng = Rng.fromSeed(1);
    const weights = specs.map((spec): Numbers => {
      const { name, shape } = spec;
      const own = spec.initial(rng.derive(name));
      const moves = rng.derive(name, 'move').normals(sizeOf(shape), 0.2);
      return { shape, values: own.map((x, i) => x + (moves[i] ?? 0)) };
    });
    return (this.made = { plan, specs, weights });
  }

  private named(weights: readonly Tensor[]): Weights {
    return Object.fromEntries(this.specs.map(({ name }, i) => [name, weights[i] as Tensor])); // as many as specs
  }

  private tensors(x: Numbers, weights = this.weights): Tensor[] {
    return [x, ...weights].map(tensorOf);
  }

  private call(
    what: string,
    { x, weights: own }: { readonly x: Numbers; readonly weights: readonly Numbers[] },
    { documents, pieces }: Row,
    fn: (weights: Weights, x: Tensor, documents: Tensor | undefined) => Record<string, Tensor>,
  ): Promise<NamedNumbers> {
    const [B = 0, T = 0] = x.shape;
    const inputs = this.tensors(x, own);
    const given = documents ? [tf.tensor2d(documents, [B, T], 'int32'), ...inputs] : inputs;
    const key = JSON.stringify([what, x.shape, pieces, !documents]);
    return this.calls.run(key, given, (...tensors) => {
      const ids = documents && tensors.shift();
      const [tokens, ...weights] = tensors;
      return fn(this.named(weights), tokens as Tensor, ids); // x comes before the weights
    });
  }

  private outputs(weights: Weights, x: Tensor, { pieces }: Row, documents?: Tensor): Tensor {
    if (!pieces) return tf.clone(this.plan.forward(weights, x, documents));
    const [B = 0, , D = 0] = x.shape;
    let state: MixerState = this.plan.initState(B, CACHE);
    let first = 0;
    const outputs = pieces.map((length) => {
      const next = this.plan.next(weights, tf.slice(x, [0, first, 0], [B, length, D]), state);
      state = next.state;
      first += length;
      return next.output;
    });
    return outputs.length === 1 ? tf.clone(outputs[0] as Tensor) : tf.concat(outputs, 1); // the one
  }
}

function shapesOf(state: MixerState): Readonly<Record<string, readonly number[]>> {
  const shapes = Object.entries(state).map(([name, x]) => [name, x.shape] as const);
  tf.dispose({ ...state });
  return Object.fromEntries(shapes);
}
