import { channelProjection } from '../../ops/channelProjection.js';
import { rmsNorm } from '../../ops/rmsNorm.js';
import { shortConvolution } from '../../ops/shortConvolution.js';
import { silu } from '../../ops/silu.js';
import { swiglu } from '../../ops/swiglu.js';
import { unitNormalise } from '../../ops/unitNormalise.js';
import { tf, type Tensor } from '../../core/tf.js';
import type { Normalisation, RuleState, SequenceInput } from '../../rules/contract.js';
import { stepGroups } from '../../rules/run/sharedQueries.js';
import { runSequence } from '../../rules/run/runRule.js';
import { type Weights, weightOf, weightsUnder } from '../weights.js';
import { carriedConvolution } from './carriedConvolution.js';
import { featureMaps } from './headOptions.js';
import { fusedWidth, type FusedVectors, mergeHeads, splitGroups, splitHeads } from './headParts.js';
import type { HeadPlan } from './headPlan.js';
import { foldGain, linear } from './linear.js';
import { carriedShift, shiftQueries } from './momentumShift.js';

/** Matrices of the head that read its input, for a gain to be folded into. */
export const HEAD_INPUTS: readonly string[] = ['qkv', 'controls', 'outputGate'];

/** What a head carries from token to token; its size does not depend on how many there were. */
export interface HeadState {
  /** Inputs of the convolution at the last `taps - 1` tokens `[B,H*K+M*(K+V),taps-1]`; absent without one. */
  readonly convolution?: Tensor;
  /** The last query, before its shift, `[B,H*K,1]`; absent without momentum. */
  readonly query?: Tensor;
  readonly rule: RuleState;
}

/** Output `[B,T,D]` and the state after the last token. */
export interface HeadResult<State> {
  readonly output: Tensor;
  readonly state: State;
}

function normalise(x: Tensor, how: Normalisation): Tensor {
  switch (how) {
    case 'unit':
      return unitNormalise(x);
    case 'scaled':
      return tf.mul(x, 1 / Math.sqrt(x.shape[x.rank - 1] ?? 1));
    case 'none':
      return x;
  }
}

/** The feature map of queries and keys and SiLU of values, of `[B,H*K+M*(K+V),T]` after convolution. */
function mappedVectors(plan: HeadPlan, mixed: Tensor): FusedVectors {
  const { featureMap } = plan.options;
  if (featureMap === 'silu') return splitGroups(silu(mixed), plan);
  const { q, k, v } = splitGroups(mixed, plan);
  const map = featureMaps[featureMap];
  return { q: map(q), k: map(k), v: silu(v) };
}

/** Vectors with their heads apart, q `[B,H,T,K]`, k `[B,M,T,K]`, v `[B,M,T,V]`, normalised as the plan says. */
function ruleVectors({ H, M, norms }: HeadPlan, { q, k, v }: FusedVectors): FusedVectors {
  return {
    q: normalise(splitHeads(q, H), norms.q),
    k: normalise(splitHeads(k, M), norms.k),
    v: normalise(splitHeads(v, M), norms.v),
  };
}

/** Signals `[B,M,T]`: low + (high - low) sigmoid(x w + bias). */
function signalsOf(plan: HeadPlan, weights: Weights, controls: Tensor): Record<string, Tensor> {
  const { M, signals } = plan;
  const [B = 0, , T = 0] = controls.shape;
  if (signals.length === 0) return {};
  const bias = tf.expandDims(weightOf(weights, 'signalBias'), 1);
  const all = tf.sigmoid(tf.add(tf.slice(controls, [0, 0, 0], [B, M * signals.length, T]), bias));
  return Object.fromEntries(
    signals.map(({ name, low, high }, i) => {
      const own = signals.length === 1 ? all : tf.slice(all, [0, i * M, 0], [B, M, T]);
      const scaled = high - low === 1 ? own : tf.mul(own, high - low);
      return [name, low === 0 ? scaled : tf.add(scaled, low)];
    }),
  );
}

/** The gate's columns, `[B,M,T]` for one a memory, `[B,M,T,K]` for more; undefined for none. */
function gateInput(plan: HeadPlan, controls: Tensor | undefined): Tensor | undefined {
  const { M, signals, gateColumns: n } = plan;
  if (!controls || n === 0) return undefined;
  const [B = 0, , T = 0] = controls.shape;
  const own = tf.slice(controls, [0, M * signals.length, 0], [B, M * n, T]);
  return n === 1 ? own : tf.transpose(tf.reshape(own, [B, M, n, T]), [0, 1, 3, 2]);
}

/** Signals and log decay of every token of x `[B,T,D]`. */
export function headControls(
  weights: Weights,
  plan: HeadPlan,
  x: Tensor,
): { readonly signals: Record<string, Tensor>; readonly logDecay?: Tensor | undefined } {
  const [B = 0, T = 0] = x.shape;
  const controls = plan.controls > 0 ? channelProjection(x, weightOf(weights, 'controls')) : undefined;
  const projected = gateInput(plan, controls);
  const gateWeights = weightsUnder(weights, 'decay');
  return {
    signals: controls ? signalsOf(plan, weights, controls) : {},
    logDecay: plan.gate.logDecay({ B, T, projected }, gateWeights, plan.place, plan.gateParams),
  };
}

/** Per-head norm, output gate and output projection of `[B,H,T,V]`. */
function readOut(weights: Weights, plan: HeadPlan, x: Tensor, outputs: Tensor): Tensor {
  const normed = mergeHeads(rmsNorm(outputs, plan.options.normEpsilon));
  const gated = plan.options.outputGate ? swiglu(linear(x, weightOf(weights, 'outputGate')), normed) : normed;
  return linear(gated, foldGain(weightOf(weights, 'outputNorm'), weightOf(weights, 'output')));
}

function runPlanned(plan: HeadPlan, input: SequenceInput, state?: RuleState) {
  return runSequence(plan.rule, state, input, plan.ruleParams, { chunkSize: plan.options.chunkSize });
}

/**
 * What the rule is given at every token of x `[B,T,D]`: prepared vectors, signals and log decay.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> as `SequenceInput`.
 */
export function headInput(weights: Weights, plan: HeadPlan, x: Tensor, documents?: Tensor): SequenceInput {
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const mixed =
    plan.options.convolution > 0
      ? shortConvolution(projected, weightOf(weights, 'convolution'), documents)
      : projected;
  const vectors = mappedVectors(plan, mixed);
  const q = plan.options.momentumShift
    ? shiftQueries(vectors.q, weightOf(weights, 'momentum'), documents)
    : vectors.q;
  return { ...ruleVectors(plan, { ...vectors, q }), ...headControls(weights, plan, x), documents };
}

/**
 * The conditioning head on whole sequences: each head is a memory S that learns by its rule from keys (CS) and
 * values (US), forgets by its gate, and is read with queries (test stimuli).
 *
 *   q, k = map(conv(x W_qk)) normalised,   v = silu(conv(x W_v)) normalised
 *   o = S q,   y = (rms(o) gain silu(x W_gate)) W_out
 *
 * With momentum q is shifted before it is normalised; M memories are read by H / M heads each.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * Source: Qiao 2025, arXiv:2508.08289 (queries, keys and values as stimuli); the convolution, norm and output
 * gate follow Yang et al. 2024, arXiv:2412.06464.
 */
export function conditioningHead(weights: Weights, plan: HeadPlan, x: Tensor, documents?: Tensor): Tensor {
  return readOut(weights, plan, x, runPlanned(plan, headInput(weights, plan, x, documents)).outputs);
}

/** The state before the first token, for `rows` sequences. */
export function initHeadState(plan: HeadPlan, rows: number): HeadState {
  const { H, M, K, V } = plan;
  const { convolution, momentumShift } = plan.options;
  return {
    rule: plan.rule.initState({ B: rows, H: M, K, V }, plan.ruleParams),
    ...(convolution > 1 && { convolution: tf.zeros([rows, fusedWidth(plan), convolution - 1]) }),
    ...(momentumShift && { query: tf.zeros([rows, H * K, 1]) }),
  };
}

/** One token through the rule's definition, without the axis of time. */
function stepRule(plan: HeadPlan, input: SequenceInput, state: RuleState) {
  const flat = (x: Tensor): Tensor => tf.squeeze(x, [2]);
  const { q, k, v, signals, logDecay } = input;
  const token = {
    q: flat(q),
    k: flat(k),
    v: flat(v),
    signals: Object.fromEntries(Object.entries(signals).map(([name, x]) => [name, flat(x)])),
    logDecay: logDecay && flat(logDecay),
  };
  const result = stepGroups(plan.rule, state, token, plan.ruleParams);
  return { outputs: tf.expandDims(result.output, 2), state: result.state };
}

/**
 * `conditioningHead` on the next tokens of one document a row, from the state after those before: constant
 * time and memory a token. One token runs the rule's step, several its chunk form.
 *
 * Shapes: x [B,T,D] -> output [B,T,D].
 */
export function conditioningHeadNext(
  weights: Weights,
  plan: HeadPlan,
  x: Tensor,
  state: HeadState,
): HeadResult<HeadState> {
  const projected = channelProjection(x, weightOf(weights, 'qkv'));
  const { mixed, ...convolution } = carriedConvolution(projected, weights.convolution, state.convolution);
  const vectors = mappedVectors(plan, mixed);
  const { q, ...query } = carriedShift(vectors.q, weights.momentum, state.query);
  const input = { ...ruleVectors(plan, { ...vectors, q }), ...headControls(weights, plan, x) };
  const result = x.shape[1] === 1 ? stepRule(plan, input, state.rule) : runPlanned(plan, input, state.rule);
  return {
    output: readOut(weights, plan, x, result.outputs),
    state: { ...convolution, ...query, rule: result.state },
  };
}
