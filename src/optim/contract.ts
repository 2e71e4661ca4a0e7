import type { Params, ParamSpec } from '../core/params.js';
import type { Scalar, Tensor } from '../core/tf.js';

/** What an optimizer may know about a weight. */
export interface OptimizedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies: not to norms, gates and biases. */
  readonly decayed: boolean;
  /** Whether it is a hidden matrix `[in,out]`, not an embedding and no vector. */
  readonly matrix: boolean;
}

/** The hyperparameters of all optimizers. */
export interface OptimizerSettings {
  readonly name: string;
  /** Peak learning rate; the schedule multiplies it. */
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: a weight shrinks by learning rate x weight decay an update. */
  readonly weightDecay: number;
  /** Momentum of the updates that are made orthogonal. */
  readonly momentum: number;
  /** Largest global norm of the gradient; null for no limit. */
  readonly clipNorm: number | null;
  /** Those that the optimizer declares, each with a value. */
  readonly params: Params;
}

/** Numbers of one update, as scalar tensors, so that a traced update serves every step. */
export interface UpdateScalars {
  /** Multiplies every gradient: clipping and the mean over the batch in one. */
  readonly gradientScale: Scalar;
  /** Learning rate of this step. */
  readonly rate: Scalar;
  /** Learning rate with Adam's bias corrections. */
  readonly adamRate: Scalar;
  /** Adam's epsilon with the bias correction of the second moment. */
  readonly adamEpsilon: Scalar;
  /** 1 - rate x weight decay. */
  readonly keep: Scalar;
}

type Slots = Readonly<Record<string, Tensor>>;

export interface UpdateInput {
  readonly info: OptimizedWeight;
  readonly weight: Tensor;
  /** Before `gradientScale`. */
  readonly gradient: Tensor;
  /** gradient^2, which the global norm needs too. */
  readonly squared: Tensor;
  readonly slots: Slots;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Slots;
}

/** An optimizer: pure functions of the tensors of one weight. Adding one is one file and one registry line. */
export interface Optimizer {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Settings of its own, `optimizer.params` of a config; none where absent. */
  readonly params?: Readonly<Record<string, ParamSpec>>;
  /** Names of the tensors it keeps for a weight, each of the weight's shape, at first all zero. */
  slots(info: OptimizedWeight): readonly string[];
  /** The new weight and slots; disposes nothing. */
  update(input: UpdateInput, scalars: UpdateScalars, settings: OptimizerSettings): UpdateResult;
}
