import { resolveParams } from '../../core/params.js';
import { Rng } from '../../core/rng.js';
import { sizeOf } from '../../core/shapes.js';
import { tf, type Tensor, type Tensor1D } from '../../core/tf.js';
import type { Engine } from '../../engine/engine.js';
import type { OptimizedWeight, Optimizer, OptimizerSettings } from '../../optim/contract.js';
import { unpackScalars, updateNumbers } from '../../optim/scalars.js';
import { CompiledCalls } from '../compiledCalls.js';

/** The kinds of weights of a model, no two sizes the same. */
export const WEIGHTS: readonly OptimizedWeight[] = [
  { name: 'matrix', shape: [4, 3], decayed: true, matrix: true },
  { name: 'embedding', shape: [6, 2], decayed: true, matrix: false },
  { name: 'gain', shape: [5], decayed: false, matrix: false },
];

/** A weight and its slots as numbers. */
export interface Held {
  readonly weight: Float32Array;
  readonly slots: Readonly<Record<string, Float32Array>>;
}

/** How one update is made. */
export interface Step {
  /** Number of this update, from 1. */
  readonly t?: number;
  readonly rate?: number;
  /** Of every gradient. */
  readonly scale?: number;
}

/** One optimizer on one engine. */
export class OptimizerRunner {
  private readonly calls: CompiledCalls;

  constructor(
    readonly optimizer: Optimizer,
    engine: Engine,
    private readonly end: () => Promise<void>,
  ) {
    this.calls = new CompiledCalls(engine, `check ${optimizer.name}`);
  }

  settings(weightDecay = 0): OptimizerSettings {
    const { name } = this.optimizer;
    const rates = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, momentum: 0.95, clipNorm: null };
    const params = resolveParams(this.optimizer.params ?? {}, {}, 'optimizer.params');
    return { name, learningRate: 0.05, ...rates, weightDecay, params };
  }

  /** A weight as it starts, drawn by its name, with its slots all zero. */
  start(info: OptimizedWeight): Held {
    const size = sizeOf(info.shape);
    const slots = this.optimizer.slots(info).map((name) => [name, new Float32Array(size)] as const);
    return { weight: Rng.fromSeed(1).derive(info.name).normals(size), slots: Object.fromEntries(slots) };
  }

  /** The weight and slots after one update. */
  async update(
    info: OptimizedWeight,
    held: Held,
    gradient: Float32Array,
    step: Step = {},
    weightDecay = 0,
  ): Promise<Held> {
    const { t = 1, rate = 0.05, scale = 1 } = step;
    const names = Object.keys(held.slots);
    const settings = this.settings(weightDecay);
    const shape = [...info.shape];
    const numbers = updateNumbers(settings, { t, rate, totalWeight: 1 / scale });
    const inputs: Tensor[] = [
      tf.tensor1d(numbers),
      tf.tensor(held.weight, shape),
      tf.tensor(gradient, shape),
      ...Object.values(held.slots).map((slot) => tf.tensor(slot, shape)),
    ];
    const results = await this.calls.run(
      JSON.stringify([info.name, weightDecay, names]),
      inputs,
      (...given) => this.apply(info, names, settings, given),
    );
    const { '': weight = new Float32Array(), ...slots } = Object.fromEntries(
      Object.entries(results).map(([name, { values }]) => [name, values] as const),
    );
    return { weight, slots };
  }

  /** Forgets what was compiled. */
  async forget(): Promise<void> {
    await this.calls.forget();
  }

  /** What an update gives, by shape: `''` the weight, and its slots by name. */
  shapes(info: OptimizedWeight): Readonly<Record<string, readonly number[]>> {
    const names = this.optimizer.slots(info);
    const results = tf.tidy(() => {
      const tensors = [tf.tensor1d(updateNumbers(this.settings(), { t: 1, rate: 0.1, totalWeight: 1 }))];
      const all = [...tensors, ...[...names, 'weight', 'gradient'].map(() => tf.ones([...info.shape]))];
      return this.apply(info, names, this.settings(), all);
    });
    const shapes = Object.entries(results).map(([name, x]) => [name, x.shape] as const);
    tf.dispose(results);
    return Object.fromEntries(shapes);
  }

  /** Tensors that an update leaves behind within tf.tidy, beside what it gives. */
  leftBehind(info: OptimizedWeight): number {
    const before = tf.memory().numTensors;
    this.shapes(info);
    return tf.memory().numTensors - before;
  }

  /** The new weight under `''` and the new slots by name. */
  private apply(
    info: OptimizedWeight,
    names: readonly string[],
    settings: OptimizerSettings,
    [numbers, weight, gradient, ...slots]: readonly Tensor[],
  ): Record<string, Tensor> {
    // The casts: three tensors come before the slots, of which there are as many as names.
    const scalars = unpackScalars(numbers as Tensor1D);
    const input = {
      info,
      weight: weight as Tensor,
      gradient: gradient as Tensor,
      squared: tf.square(gradient as Tensor),
      slots: Object.fromEntries(names.map((name, i) => [name, slots[i] as Tensor])),
    };
    const result = this.optimizer.update(input, scalars, settings);
    return { '': tf.clone(result.weight), ...result.slots };
  }

  async dispose(): Promise<void> {
    await this.forget();
    await this.end();
  }
}
