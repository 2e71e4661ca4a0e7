import { assignWeights, type NamedVariable } from '../src/core/assignWeights.js';
import { required } from '../src/core/required.js';
import type { Checkpoint } from '../src/checkpoint/store.js';
import type { Json, JsonObject } from '../src/checkpoint/manifest.js';
import type { Engine } from '../src/engine/engine.js';
import type { MixerPlan } from '../src/mixers/contract.js';
import type { WeightInfo } from '../src/model/model.js';
import type { OptimizerSettings } from '../src/optim/contract.js';
import type { Inspector, Inspection } from './diagnostics/inspector.js';
import type { Following } from '../data/index.js';
import type { TextFacts } from './events.js';
import type { Budget, Point, RunProgress } from './progress.js';
import {
  createUpdater,
  type Objective,
  type UpdateOutcome,
  type Updater,
  type UpdateRequest,
} from './updater.js';

/** Scores a model as its weights are in the engine, and judges the scores. */
export interface Validator {
  /**
   * Scores the samples used at intervals, or those used at the end.
   *
   * @throws NonFiniteError for a score that is not finite; the signal's reason when aborted.
   */
  validate(
    all: boolean,
    following: Following,
  ): Promise<Pick<Point, 'score' | 'metrics' | 'parts' | 'samples'>>;
  /** Whether both are the same samples. */
  readonly validatesAll: boolean;
  isBetter(score: number, than: number): boolean;
  /** Whether a score is good enough to end the run before its budget is used. */
  isSolved(score: number): boolean;
}

/** What an update came to, and where the source of batches stood after those of the update. */
interface JobOutcome extends UpdateOutcome {
  readonly position: Json;
}

/** What is trained: the loop decides when, this does. */
export interface Job {
  readonly budget: Budget;
  /**
   * Updates one after another from the next batches of its source, up to the first that is not applied: there are fewer
   * outcomes than requests then, and the batches of those that were not made are the next ones.
   */
  updates(requests: readonly UpdateRequest[]): Promise<JobOutcome[]>;
  /** Updates that are worth making together. */
  readonly updatesTogether: number;
  /** Where its source of batches stands before the first update. */
  readonly position: Json;
  readonly validator: Validator;
  /** Generates text; absent where the model writes none. */
  readonly sample?: {
    readonly every: number | null;
    readonly prompt: string;
    /** @throws the signal's reason when aborted. */
    readonly draw: (step: number, signal?: AbortSignal) => Promise<string>;
  };
  /** What the memories look like as the weights are now. */
  inspect(): Promise<Inspection>;
}

/** Where a run is saved. */
export interface CheckpointFolder {
  /** Newest checkpoint of a run that goes on; null for a new one. */
  readonly newest: string | null;
  /** Saves weights and moments as they are now, deletes older checkpoints unless all are kept, and gives the path. */
  save(progress: RunProgress, position: Json, keepAll: boolean): Promise<string>;
  /** Writes what the run came to into its last checkpoint, and deletes older ones. */
  finalise(path: string, progress: RunProgress): Promise<void>;
  /** Moves the checkpoints after a step out of the way. */
  setAside(step: number): Promise<unknown>;
}

/** A job with what is told and saved of it. */
export interface OpenJob extends Job {
  readonly model: TrainedModel;
  /** The optimizer's tensors. */
  readonly moments: readonly NamedVariable[];
  readonly tokenizer: JsonObject;
  /** Absent in a run on a task. */
  readonly text?: TextFacts;
  /** Hashes of its text. */
  readonly data?: JsonObject;
  dispose(): Promise<void>;
}

interface TrainedModel {
  readonly config: object;
  readonly weights: readonly WeightInfo[];
  readonly parameterCount: number;
  readonly layers: readonly { readonly plan: Pick<MixerPlan, 'memory'> }[];
  dispose(): void;
}

/** A stream of training batches whose position can be saved. */
export interface BatchSource<B> {
  next(): B;
  readonly state: Json | object;
}

/** What a job is made of: what differs between text and a task. */
export interface JobParts<B> extends Pick<Job, 'budget' | 'sample'> {
  readonly engine: Engine;
  readonly config: {
    readonly optimizer: OptimizerSettings;
    readonly train: { readonly accumulationSteps: number };
  };
  readonly model: TrainedModel;
  readonly objective: Objective<B>;
  readonly batches: BatchSource<B>;
  readonly validator: Validator & { dispose(): Promise<void> };
  readonly inspector: Inspector;
  readonly tokenizer: JsonObject;
  readonly text?: TextFacts;
}

/** Batches that were taken from a source, and where it stood then. */
interface Drawn<B> {
  readonly batches: readonly B[];
  readonly position: Json;
}

const stateOf = ({ state }: BatchSource<unknown>): Json => state as Json; // sources promise JSON

/** Trains on the batches of a source in their order, whatever becomes of the updates. */
function createFeeder<B>(
  updater: Updater<B>,
  source: BatchSource<B>,
  accumulationSteps: number,
): Job['updates'] {
  const draw = (): Drawn<B> => {
    const batches = Array.from({ length: accumulationSteps }, () => source.next());
    return { batches, position: stateOf(source) };
  };
  let waiting: readonly Drawn<B>[] = [];
  return async (requests) => {
    waiting = [...waiting, ...requests.slice(waiting.length).map(draw)];
    const drawn = requests.map((request, i) => ({ ...request, ...required(waiting[i], 'batches') }));
    const outcomes = await updater.updates(drawn);
    waiting = waiting.slice(outcomes.length);
    return outcomes.map((outcome, i) => ({ ...outcome, position: required(drawn[i], 'batches').position }));
  };
}

/**
 * Makes a job, with weights and moments as new or as a checkpoint has them. The job owns its parts.
 *
 * @throws CheckpointError when the checkpoint does not fit.
 */
export function openJob<B>(parts: JobParts<B>, from?: Checkpoint): OpenJob {
  const { engine, config, model, objective, batches, validator, inspector } = parts;
  const { accumulationSteps } = config.train;
  const updater = createUpdater({ engine, objective, settings: config.optimizer, accumulationSteps });
  if (from) {
    const where = `checkpoint of step ${from.step}`;
    assignWeights(model.weights, from.weights, `${where}: weights.safetensors`);
    assignWeights(updater.moments, from.optimizer, `${where}: optimizer.safetensors`);
  }
  return {
    ...parts,
    moments: updater.moments,
    updatesTogether: updater.updatesTogether,
    updates: createFeeder(updater, batches, accumulationSteps),
    position: stateOf(batches),
    inspect: async () => inspector.inspect(),
    dispose: async () => {
      for (const part of [updater, validator, inspector]) await part.dispose();
      model.dispose();
    },
  };
}
