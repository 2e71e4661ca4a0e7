/*
 * What the compiler must say of the contracts that others write against. Checked by `npm run lint`; nothing here runs.
 */
import { expectTypeOf } from 'vitest';
import type { z } from 'zod';
import type { Task, TaskDraw, Values } from '../../data/index.js';
import type { Probe, ProbeReport, ProbeSubject } from '../../eval/index.js';
import type {
  CompiledFunction,
  DecayGate,
  Engine,
  LearningRule,
  Memory,
  Mixer,
  MixerPlan,
  MixerSettings,
  MixerState,
  Params,
  RuleState,
  SequenceInput,
  SequenceResult,
  StepResult,
  TokenInput,
  runRule,
  tf,
} from '../../src/index.js';

type Tensor = tf.Tensor;

declare const engine: Engine;
declare const matrix: tf.Tensor2D;

/** compile: the tensors that go in and come out, and both where there are several. */
export function compile(): void {
  const product = engine.compile((x: tf.Tensor2D, y: tf.Tensor2D) => tf_.matMul(x, y));
  expectTypeOf(product).parameters.toEqualTypeOf<[tf.Tensor2D, tf.Tensor2D]>();
  expectTypeOf(product).returns.resolves.toEqualTypeOf<Tensor>();
  expectTypeOf(product).toExtend<CompiledFunction<[tf.Tensor2D, tf.Tensor2D], Tensor>>();
  expectTypeOf<(typeof product)['dispose']>().returns.resolves.toBeVoid();

  const named = engine.compile((x: tf.Tensor2D) => ({ x, twice: x }));
  expectTypeOf(named).returns.resolves.toEqualTypeOf<{ x: tf.Tensor2D; twice: tf.Tensor2D }>();

  expectTypeOf<(typeof named)['inSequence']>().parameters.toEqualTypeOf<[readonly [tf.Tensor2D][]]>();
  expectTypeOf<(typeof named)['inSequence']>().returns.resolves.toEqualTypeOf<
    { x: tf.Tensor2D; twice: tf.Tensor2D }[]
  >();

  // @ts-expect-error: only tensors go in
  engine.compile((x: number) => tf_.scalar(x));
  // @ts-expect-error: only tensors come out
  engine.compile((x: tf.Tensor2D) => x.shape);
  // @ts-expect-error: as many as the function takes
  void product(matrix);
}

declare const tf_: typeof tf;

/** LearningRule: what a rule must give, and what it may leave out. */
export function learningRule(): void {
  expectTypeOf<LearningRule['step']>().toEqualTypeOf<
    (state: RuleState, x: TokenInput, params: Params) => StepResult
  >();
  expectTypeOf<LearningRule['chunk']>().toExtend<
    | ((state: RuleState | undefined, xs: SequenceInput, params: Params, chunkSize: number) => SequenceResult)
    | undefined
  >();
  expectTypeOf<RuleState['S']>().toEqualTypeOf<Tensor>();
  expectTypeOf<RuleState['trace']>().toEqualTypeOf<Tensor>();
  expectTypeOf<TokenInput['logDecay']>().toEqualTypeOf<Tensor | undefined>();
  expectTypeOf<typeof runRule>().parameter(0).toEqualTypeOf<LearningRule>();
  expectTypeOf<typeof runRule>().returns.toEqualTypeOf<SequenceResult>();

  // @ts-expect-error: the memory itself is always there
  ({ trace: matrix }) satisfies RuleState;
  // @ts-expect-error: a rule without a step is none
  ({}) as Omit<LearningRule, 'step'> satisfies LearningRule;
  ({}) as Omit<LearningRule, 'chunk' | 'channelChunk' | 'sharedReads' | 'stability'> satisfies LearningRule;
}

/** Mixer: what it must give for training and decoding, and settings that have its own options typed. */
export function mixer(): void {
  expectTypeOf<Mixer['plan']>().returns.toEqualTypeOf<MixerPlan>();
  expectTypeOf<MixerPlan['forward']>().returns.toEqualTypeOf<Tensor>();
  expectTypeOf<MixerPlan['next']>().returns.toEqualTypeOf<{
    readonly output: Tensor;
    readonly state: MixerState;
  }>();
  expectTypeOf<MixerPlan['memory']>().toEqualTypeOf<Memory | undefined>();
  expectTypeOf<MixerSettings['heads']>().toEqualTypeOf<number>();

  type Windowed = Mixer<{ window: z.ZodNumber }>;
  expectTypeOf<Parameters<Windowed['plan']>[0]['window']>().toEqualTypeOf<number>();
  expectTypeOf<Parameters<Windowed['issues']>[0]>().toExtend<MixerSettings>();

  // @ts-expect-error: a mixer that cannot decode is none
  ({}) as Omit<MixerPlan, 'next'> satisfies MixerPlan;
  ({}) as Omit<MixerPlan, 'memory'> satisfies MixerPlan;
}

/** Params: numbers and words, by name, not to be written. */
export function params(): void {
  expectTypeOf<Params>().toEqualTypeOf<Readonly<Record<string, number | string>>>();
  expectTypeOf<Params[string]>().toEqualTypeOf<number | string>();
  const given: Params = { maxBeta: 1, readout: 'linear' };
  // @ts-expect-error: resolved parameters stay as they are
  given.maxBeta = 2;
  // @ts-expect-error: no truth values
  ({ normalised: true }) satisfies Params;
}

/** DecayGate: no decay is said by `undefined`. */
export function decayGate(): void {
  expectTypeOf<DecayGate['logDecay']>().returns.toEqualTypeOf<Tensor | undefined>();
}

/** Task: opened with settings, it draws samples and scores predictions. */
export function task(): void {
  expectTypeOf<Task['open']>().returns.toEqualTypeOf<TaskDraw>();
  expectTypeOf<Values>().toEqualTypeOf<Int32Array | Float32Array>();
  expectTypeOf<TaskDraw['draw']>().returns.toExtend<{ readonly inputs: Values; readonly targets: Values }>();
}

/** Probe: a question to a trained model, answered in its own time. */
export function probe(): void {
  expectTypeOf<Probe['run']>().toEqualTypeOf<(subject: ProbeSubject) => Promise<ProbeReport>>();
  expectTypeOf<ProbeReport>().pick<'notes'>().toExtend<{ readonly notes?: readonly string[] }>();
}
