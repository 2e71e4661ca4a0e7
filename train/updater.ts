import { z } from 'zod';
import type { NamedVariable } from '../src/core/assignWeights.js';
import { lookUp } from '../src/core/errors.js';
import { required } from '../src/core/required.js';
import { tf, type Scalar, type Tensor, type Tensor1D, type Variable } from '../src/core/tf.js';
import { made, optionsCheck } from '../src/core/options.js';
import { count, params } from '../src/core/schema.js';
import type { Engine } from '../src/engine/engine.js';
import { isFiniteTree } from '../src/engine/finite.js';
import type { WeightInfo } from '../src/model/model.js';
import type { Optimizer, OptimizerSettings } from '../src/optim/contract.js';
import { optimizers } from '../src/optim/registry.js';
import { clipGlobalNorm, unpackScalars, updateNumbers } from '../src/optim/scalars.js';

type LossAndNorm = { readonly loss: Tensor; readonly gradNorm: Tensor };

export interface UpdateOutcome {
  /** Mean over the targets of the batch, before the update, in the unit of the objective. */
  readonly loss: number;
  /** Global norm of the mean gradient, before clipping. */
  readonly gradNorm: number;
  /** False when either is not finite: then weights and moments are as before. */
  readonly applied: boolean;
}

export interface UpdateRequest {
  /** Number of this update among those applied, from 1. */
  readonly t: number;
  /** Learning rate of this update. */
  readonly rate: number;
}

/** An update to make. */
interface Update<B> extends UpdateRequest {
  /** As many micro-batches as the updater was made for. */
  readonly batches: readonly B[];
}

/** What is minimised: the weighted mean of a loss over batches of type `B`. */
export interface Objective<B> {
  /** What is trained, in a fixed order. */
  readonly weights: readonly WeightInfo[];
  /** A batch as tensors, always of the same kinds in the same order; the updater disposes them. */
  tensors(batch: B): readonly Tensor[];
  /** Sum of weights times loss of a batch, differentiable in all weights. */
  lossSum(...tensors: readonly Tensor[]): Scalar;
  /** Sum of the weights of a batch. */
  totalWeight(batch: B): number;
}

/** Trains weights, one update a call. */
export interface Updater<B> {
  /** One update from as many micro-batches as the updater was made for. */
  update(batches: readonly B[], request: UpdateRequest): Promise<UpdateOutcome>;
  /**
   * Updates one after another, made together where the engine gains by that. Ends with the first that is not applied:
   * there are fewer outcomes than updates then.
   */
  updates(updates: readonly Update<B>[]): Promise<UpdateOutcome[]>;
  /** Updates that are worth making together. */
  readonly updatesTogether: number;
  /** The optimizer's tensors, named `<weight>.<slot>`, in a fixed order. */
  readonly moments: readonly NamedVariable[];
  dispose(): Promise<void>;
}

/** Sum of loss over a batch and its gradient for every weight, in the order of the objective's weights. */
function lossAndGradients<B>(
  objective: Objective<B>,
  batch: readonly Tensor[],
): { readonly lossSum: Scalar; readonly gradients: Tensor[] } {
  const { value, grads } = tf.variableGrads(
    () => objective.lossSum(...batch),
    objective.weights.map(({ variable }) => variable),
  );
  const gradients = objective.weights.map(({ name, variable }) => {
    const gradient = grads[variable.name];
    if (gradient === undefined) throw new Error(`train step: the loss does not depend on weight '${name}'`);
    return gradient;
  });
  return { lossSum: value, gradients };
}

type Moments = ReadonlyMap<WeightInfo, Readonly<Record<string, Variable>>>;

/** Zero moments for every weight. Not trainable, so that no gradient is taken by them. */
function createMoments(weights: readonly WeightInfo[], optimizer: Optimizer): Moments {
  const slotsOf = (info: WeightInfo): Record<string, Variable> =>
    Object.fromEntries(
      optimizer
        .slots(info)
        .map((slot) => [slot, tf.tidy(() => tf.variable(tf.zeros([...info.shape]), false))]),
    );
  return new Map(weights.map((info) => [info, slotsOf(info)]));
}

const namesOf = (moments: Moments): NamedVariable[] =>
  [...moments].flatMap(([{ name }, slots]) =>
    Object.entries(slots).map(([slot, variable]) => ({ name: `${name}.${slot}`, variable })),
  );

interface Parts<B> {
  readonly objective: Objective<B>;
  readonly optimizer: Optimizer;
  readonly settings: OptimizerSettings;
  readonly moments: Moments;
}

/** Clips, assigns new weights and moments, and gives loss and norm: the second half of an update. */
function applyGradients<B>(
  parts: Parts<B>,
  lossSum: Scalar,
  gradients: readonly Tensor[],
  numbers: Tensor1D,
): LossAndNorm {
  const { objective, optimizer, settings, moments } = parts;
  const scalars = unpackScalars(numbers);
  const squared = gradients.map((gradient) => tf.square(gradient));
  const { norm, scale } = clipGlobalNorm(squared, scalars.gradientScale, settings.clipNorm);
  const loss = tf.mul(lossSum, scalars.gradientScale);
  objective.weights.forEach((info, i) => {
    const [gradient, square, slots] = [gradients[i], squared[i], moments.get(info)];
    if (!gradient || !square || !slots) throw new Error(`train step: weight '${info.name}' has no gradient`);
    const input = { info, weight: info.variable, gradient, squared: square, slots };
    const result = optimizer.update(input, { ...scalars, gradientScale: scale }, settings);
    info.variable.assign(result.weight);
    for (const [slot, variable] of Object.entries(slots)) variable.assign(result.slots[slot] ?? variable);
  });
  return { loss, gradNorm: norm };
}

const numberOf = (tensor: Tensor): number => tensor.dataSync()[0] ?? NaN;

function outcomeOf(result: LossAndNorm): UpdateOutcome {
  const outcome = {
    loss: numberOf(result.loss),
    gradNorm: numberOf(result.gradNorm),
    applied: isFiniteTree(result),
  };
  tf.dispose([result.loss, result.gradNorm]);
  return outcome;
}

/** The batches of an update, and its numbers: see `updateNumbers`. */
interface Work<B> {
  readonly batches: readonly B[];
  readonly numbers: Tensor1D;
}

interface Stages<B> {
  /** Results up to the first that is not finite. */
  readonly advance: (work: readonly Work<B>[]) => Promise<LossAndNorm[]>;
  readonly together: number;
  readonly dispose: () => Promise<void>;
}

/** Loss, gradient and update in one compiled function: nothing but weights and moments outlives it. */
function oneStage<B>(engine: Engine, parts: Parts<B>): Stages<B> {
  const { objective, moments } = parts;
  const variables = [...objective.weights, ...namesOf(moments)].map(({ variable }) => variable);
  const update = engine.compile(
    (...inputs: readonly Tensor[]): LossAndNorm => {
      const { lossSum, gradients } = lossAndGradients(objective, inputs.slice(0, -1));
      return applyGradients(parts, lossSum, gradients, inputs.at(-1) as Tensor1D); // the numbers come last
    },
    { variables, commit: 'finite', name: 'update' },
  );
  return {
    advance: async (work) => {
      const calls = work.map(({ batches: [batch], numbers }) => {
        if (batch === undefined) throw new Error('train step: expected one batch, got none');
        return [...objective.tensors(batch), numbers];
      });
      try {
        return await update.inSequence(calls);
      } finally {
        tf.dispose(calls.map((call) => call.slice(0, -1)));
      }
    },
    together: engine.callsTogether,
    dispose: async () => update.dispose(),
  };
}

/**
 * Gradients are summed over the micro-batches in variables and applied at the end. The first micro-batch
 * overwrites the sums, so that what a rejected update left there is gone.
 */
function accumulatingStages<B>(engine: Engine, parts: Parts<B>): Stages<B> {
  const { objective } = parts;
  const { weights } = objective;
  const zeros = (shape: readonly number[]): Variable =>
    tf.tidy(() => tf.variable(tf.zeros([...shape]), false));
  const sums = weights.map(({ shape }) => zeros(shape));
  const lossTotal = zeros([]);
  const variables = [...weights.map(({ variable }) => variable), ...sums, lossTotal];
  const gather = (isFirst: boolean) =>
    engine.compile(
      (...batch: readonly Tensor[]): Tensor => {
        const { lossSum, gradients } = lossAndGradients(objective, batch);
        const onto = (sum: Variable, value: Tensor): void => sum.assign(isFirst ? value : tf.add(sum, value));
        sums.forEach((sum, i) => {
          onto(sum, gradients[i] ?? sum);
        });
        onto(lossTotal, lossSum);
        return lossSum;
      },
      { variables, name: isFirst ? 'firstGradient' : 'nextGradient' },
    );
  const [first, next] = [gather(true), gather(false)];
  const apply = engine.compile(
    (numbers: Tensor1D): LossAndNorm => applyGradients(parts, lossTotal as Tensor as Scalar, sums, numbers), // made of shape []
    {
      variables: [...variables, ...namesOf(parts.moments).map(({ variable }) => variable)],
      commit: 'finite',
      name: 'applyGradients',
    },
  );
  const advanceOne = async ({ batches, numbers }: Work<B>): Promise<LossAndNorm> => {
    for (const [i, batch] of batches.entries()) {
      const tensors = objective.tensors(batch);
      try {
        tf.dispose(await (i === 0 ? first : next)(...tensors));
      } finally {
        tf.dispose([...tensors]);
      }
    }
    return apply(numbers);
  };
  return {
    advance: async (work) => {
      const results: LossAndNorm[] = [];
      for (const one of work) {
        const result = await advanceOne(one);
        results.push(result);
        if (!isFiniteTree(result)) break;
      }
      return results;
    },
    together: 1,
    dispose: async () => {
      tf.dispose([...sums, lossTotal]); // first, so that the engine need not give them back
      for (const compiled of [first, next, apply]) await compiled.dispose();
    },
  };
}

export interface UpdaterOptions<B> {
  readonly engine: Engine;
  readonly objective: Objective<B>;
  readonly settings: OptimizerSettings;
  /** Micro-batches per update. */
  readonly accumulationSteps: number;
}

const checkOptions = optionsCheck<UpdaterOptions<never>>({
  engine: made<Engine>('an engine'),
  objective: made<Objective<never>>('an objective'),
  settings: z.strictObject({
    name: z.string(),
    learningRate: z.number(),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
    momentum: z.number(),
    clipNorm: z.number().nullable(),
    params,
  }),
  accumulationSteps: count,
});

const checkRequest = optionsCheck<UpdateRequest>({ t: z.number(), rate: z.number() });

/**
 * Makes the function that trains weights on an objective.
 *
 *   loss = sum(weights losses) / sum(weights);  g = d loss / d weight;  s = min(1, clipNorm / |g|)
 *   weight, moments = optimizer(weight, moments, s g)     only when loss and |g| are finite
 *
 * Sums go over all micro-batches, so accumulating over two equals one batch with the rows of both.
 * Units: the objective's. No I/O, no clock, no randomness.
 * State: weights and moments live in the engine; `engine.pull` brings them back. `dispose` frees the moments.
 * @throws ConfigError for an unknown optimizer.
 */
export function createUpdater<B>(options: UpdaterOptions<B>): Updater<B> {
  const { engine, objective, settings, accumulationSteps } = checkOptions('createUpdater', options);
  const optimizer = lookUp('optimizer.name', optimizers, settings.name);
  const moments = createMoments(objective.weights, optimizer);
  const parts = { objective, optimizer, settings, moments };
  const stages = accumulationSteps === 1 ? oneStage(engine, parts) : accumulatingStages(engine, parts);
  const named = namesOf(moments);
  const workOf = ({ batches, ...request }: Update<B>): Work<B> => {
    checkRequest('updater', { t: request.t, rate: request.rate });
    if (batches.length !== accumulationSteps) {
      throw new Error(`train step: expected ${accumulationSteps} micro-batches, got ${batches.length}`);
    }
    const totalWeight = batches.reduce((sum, batch) => sum + objective.totalWeight(batch), 0);
    return { batches, numbers: tf.tensor1d(updateNumbers(settings, { ...request, totalWeight })) };
  };
  const make = async (updates: readonly Update<B>[]): Promise<UpdateOutcome[]> => {
    const work = updates.map(workOf);
    try {
      return (await stages.advance(work)).map(outcomeOf);
    } finally {
      tf.dispose(work.map(({ numbers }) => numbers));
    }
  };
  return {
    moments: named,
    updatesTogether: stages.together,
    updates: make,
    update: async (batches, request) => required((await make([{ batches, ...request }]))[0], 'an outcome'),
    dispose: async () => {
      tf.dispose(named.map(({ variable }) => variable)); // first, as in the stages
      await stages.dispose();
    },
  };
}
