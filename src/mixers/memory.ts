import { ConfigError, lookUp, ShapeError } from '../core/errors.js';
import { type Params, resolveParams } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { constantSpec, type Weights, weightOf, type WeightSpec, weightsUnder } from '../core/weights.js';
import { stepGroups } from '../rules/run/sharedQueries.js';
import type { DecayGate, GatePlace } from '../gates/contract.js';
import { gates } from '../gates/registry.js';
import { channelProjection } from '../ops/channelProjection.js';
import type { LearningRule, RuleState, SequenceInput, SignalSpec } from '../rules/contract.js';
import { signalShape, signalWidth, writesOf } from '../rules/inputs.js';
import { rules } from '../rules/registry.js';
import { runSequence } from '../rules/run/runRule.js';
import type { MixerSettings, MixerState, StepHook } from './contract.js';
import { countOperations } from './operations.js';
import { headSizes, type HeadSizes } from './vectors.js';

/** A signal with its parameters resolved and the bias that gives its initial value. */
interface PlannedSignal {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly initial: number;
  readonly bias: number;
  /** Numbers per memory where they have an axis of their own. */
  readonly width: number | undefined;
  /** Where it comes from: each token, a trained number alone, or nothing but its initial value. */
  readonly from: 'token' | 'weight' | 'initial';
}

/** Memories with rule and gate looked up and their parameters resolved. */
export interface MemoryPlan extends HeadSizes {
  readonly rule: LearningRule;
  readonly ruleParams: Params;
  readonly chunkSize: number;
  readonly gate: DecayGate;
  readonly gateParams: Params;
  readonly place: GatePlace;
  /** Columns per memory of the gate's projection. */
  readonly gateColumns: number;
  /** Columns of the projection to signals and gate. */
  readonly controls: number;
  readonly signals: readonly PlannedSignal[];
  /** Whether the signals have a bias. */
  readonly signalBias: boolean;
}

/** Where a signal comes from by the settings and its rule. */
function originOf({ learnedSignals }: MixerSettings, spec: SignalSpec): PlannedSignal['from'] {
  if (!learnedSignals) return 'initial';
  return spec.constant === true ? 'weight' : 'token';
}

/** The upper bound of a signal may be a parameter, which may be set below the signal's initial value. */
function planSignal(
  name: string,
  spec: SignalSpec,
  params: Params,
  where: string,
): Omit<PlannedSignal, 'width' | 'from'> {
  const high = Number(typeof spec.high === 'string' ? params[spec.high] : spec.high);
  if (!(high > spec.initial)) {
    throw new ConfigError(
      `${where}.ruleParams.${spec.high}: expected more than ${spec.initial}, the initial ${name}, got ${high}; choose a larger one`,
    );
  }
  const share = (spec.initial - spec.low) / (high - spec.low);
  const bias = Math.log(share / (1 - share));
  const { low, initial } = spec;
  return { name, low, high, initial, bias };
}

/** Columns per memory of a signal's projection. */
const columnsOf = ({ width = 1, from }: PlannedSignal): number => (from === 'token' ? width : 0);

const columnsOfAll = (signals: readonly PlannedSignal[]): number =>
  signals.reduce((sum, signal) => sum + columnsOf(signal), 0);

/**
 * Looks up the rule and gate of memories.
 *
 * @throws ConfigError for an unknown rule, gate or parameter, and for parameters that do not go together.
 */
export function planMemory(settings: MixerSettings, given: HeadSizes, where: string): MemoryPlan {
  const { layer, layers, chunkSize } = settings;
  const rule = lookUp(`${where}.rule`, rules, settings.rule);
  const gate = lookUp(`${where}.gate`, gates, settings.gate);
  const ruleParams = resolveParams(rule.params, settings.ruleParams, `${where}.ruleParams`);
  const gateParams = resolveParams(gate.params, settings.gateParams, `${where}.gateParams`);
  const sizes = { ...given, writes: writesOf(rule, ruleParams) };
  const place = { H: sizes.M, K: sizes.K, layer, layers };
  const gateColumns = gate.columns(place, gateParams);
  const signals = Object.entries(rule.signals).map(([name, spec]) => ({
    ...planSignal(name, spec, ruleParams, where),
    width: signalWidth(spec, sizes),
    from: originOf(settings, spec),
  }));
  const controls = sizes.M * (columnsOfAll(signals) + gateColumns);
  return {
    ...sizes,
    rule,
    ruleParams,
    chunkSize,
    gate,
    gateParams,
    place,
    gateColumns,
    controls,
    signals,
    signalBias: settings.signalBias,
  };
}

/**
 * Plans one memory and makes the decay of its gate where that needs no weights.
 *
 * @throws ConfigError for parameters of the rule or gate that do not go together.
 */
export function checkMemory(settings: MixerSettings, where: string): void {
  const plan = planMemory(settings, headSizes(settings), where);
  const { gate, place, gateParams } = plan;
  if (plan.gateColumns > 0 || gate.weights(place, gateParams).length > 0) return;
  tf.dispose(gate.logDecay({ B: 1, T: 1 }, {}, place, gateParams));
}

function gateSpecs({ gate, place, gateParams }: MemoryPlan): WeightSpec[] {
  return gate.weights(place, gateParams).map((weight) => ({
    name: `decay.${weight.name}`,
    shape: weight.shape,
    initial: (rng) => weight.initial(rng),
    decayed: false,
    matrix: false,
  }));
}

/** The biases of the signals that are projected, in the order of their columns. */
function signalBiasSpecs({ signals, M, signalBias }: MemoryPlan): WeightSpec[] {
  const count = M * columnsOfAll(signals);
  if (!signalBias || count === 0) return [];
  const initial = () =>
    Float32Array.from(signals.flatMap((signal) => Array<number>(M * columnsOf(signal)).fill(signal.bias)));
  return [{ name: 'signalBias', shape: [count], initial, decayed: false, matrix: false }];
}

/** The signals that are the same at every token: `[M]` or `[M,width]` before the sigmoid. */
function constantSignalSpecs({ signals, M }: MemoryPlan): WeightSpec[] {
  const constants = signals.filter(({ from }) => from === 'weight');
  return constants.map(({ name, bias, width }) =>
    constantSpec(`constant.${name}`, width === undefined ? [M] : [M, width], bias),
  );
}

/**
 * Weights of signals and gate on width D. `controls` has for each signal its columns, a memory after the other, then
 * those of the gate; it starts at zero, so that signals and decay start at the values their rule and gate name.
 */
export function controlSpecs(plan: MemoryPlan, D: number): WeightSpec[] {
  return [
    ...(plan.controls > 0 ? [constantSpec('controls', [D, plan.controls], 0)] : []),
    ...signalBiasSpecs(plan),
    ...constantSignalSpecs(plan),
    ...gateSpecs(plan),
  ];
}

/** Columns `[B,M n,T]`, n in a row for each memory, as `[B,M,T,n]`. */
function byMemory(columns: Tensor, M: number, n: number): Tensor {
  const [B = 0, , T = 0] = columns.shape;
  return tf.transpose(tf.reshape(columns, [B, M, n, T]), [0, 1, 3, 2]);
}

/** What a signal is of its share of its range. */
function scaledSignal({ low, high }: PlannedSignal, share: Tensor): Tensor {
  const scaled = high - low === 1 ? share : tf.mul(share, high - low);
  return low === 0 ? scaled : tf.add(scaled, low);
}

/** Signals `[B,M,T]` or `[B,M,T,width]`: low + (high - low) sigmoid(x w + bias), or their initial values. */
function signalsOf(
  plan: MemoryPlan,
  weights: Weights,
  [B, T]: readonly [number, number],
  controls: Tensor | undefined,
): Record<string, Tensor> {
  const { M, signals, signalBias } = plan;
  const count = M * columnsOfAll(signals);
  const projected = controls && count > 0 ? tf.slice(controls, [0, 0, 0], [B, count, T]) : undefined;
  const all =
    projected &&
    tf.sigmoid(signalBias ? tf.add(projected, tf.expandDims(weightOf(weights, 'signalBias'), 1)) : projected);
  let first = 0;
  const shapeOf = ({ width }: PlannedSignal): number[] =>
    width === undefined ? [B, M, T] : [B, M, T, width];
  const own = (signal: PlannedSignal): Tensor => {
    const { name, width, from } = signal;
    if (from === 'weight' || !all) {
      const share = tf.sigmoid(weightOf(weights, `constant.${name}`));
      return tf.add(
        tf.zeros(shapeOf(signal)),
        tf.reshape(share, [1, M, 1, ...(width === undefined ? [] : [width])]),
      );
    }
    const size = M * columnsOf(signal);
    const columns = size === count ? all : tf.slice(all, [0, first, 0], [B, size, T]);
    first += size;
    return width === undefined ? columns : byMemory(columns, M, width);
  };
  return Object.fromEntries(
    signals.map((signal) => {
      const { name, from, initial } = signal;
      if (from === 'initial') return [name, tf.fill(shapeOf(signal), initial)];
      return [name, scaledSignal(signal, own(signal))];
    }),
  );
}

/** The gate's columns, `[B,M,T]` for one per memory, `[B,M,T,K]` for more; undefined for none. */
function gateInput(plan: MemoryPlan, controls: Tensor | undefined): Tensor | undefined {
  const { M, signals, gateColumns: n } = plan;
  if (!controls || n === 0) return undefined;
  const [B = 0, , T = 0] = controls.shape;
  const own = tf.slice(controls, [0, M * columnsOfAll(signals), 0], [B, M * n, T]);
  return n === 1 ? own : byMemory(own, M, n);
}

/** Signals and log decay of every token of x `[B,T,D]`. */
export function controlsOf(
  plan: MemoryPlan,
  weights: Weights,
  x: Tensor,
): { readonly signals: Record<string, Tensor>; readonly logDecay?: Tensor | undefined } {
  const [B = 0, T = 0] = x.shape;
  const controls = plan.controls > 0 ? channelProjection(x, weightOf(weights, 'controls')) : undefined;
  const projected = gateInput(plan, controls);
  const gateWeights = weightsUnder(weights, 'decay');
  return {
    signals: signalsOf(plan, weights, [B, T], controls),
    logDecay: plan.gate.logDecay({ B, T, projected }, gateWeights, plan.place, plan.gateParams),
  };
}

/** Read-outs `[B,H,T,V]` of whole sequences. */
export function readMemory(
  { rule, ruleParams, chunkSize }: MemoryPlan,
  input: SequenceInput,
  state?: RuleState,
) {
  return runSequence(rule, state, input, ruleParams, { chunkSize });
}

/** The memories before the first token, under the names of a mixer's state. */
export function initMemory({ rule, ruleParams, M, K, V }: MemoryPlan, batchSize: number): MixerState {
  return named(rule.initState({ B: batchSize, H: M, K, V }, ruleParams));
}

function named(state: RuleState): MixerState {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`rule.${name}`, tensor]));
}

/** One token through the rule's definition, without the axis of time. */
function stepMemory(
  { rule, ruleParams }: MemoryPlan,
  input: SequenceInput,
  state: RuleState,
  hook: StepHook = (x, before) => stepGroups(rule, before, x, ruleParams),
) {
  const flat = (x: Tensor): Tensor => tf.squeeze(x, [2]);
  const { q, k, v, signals, logDecay } = input;
  const token = {
    q: flat(q),
    k: flat(k),
    v: flat(v),
    signals: Object.fromEntries(Object.entries(signals).map(([name, x]) => [name, flat(x)])),
    logDecay: logDecay && flat(logDecay),
  };
  const result = hook(token, state);
  return { outputs: tf.expandDims(result.output, 2), state: result.state };
}

/**
 * Read-outs `[B,H,T,V]` of the next tokens, from the memories after those before: one token runs the rule's step,
 * several its chunk form.
 *
 * @throws ShapeError for a hook with several tokens: their chunk form has no steps.
 */
export function readNext(
  plan: MemoryPlan,
  input: SequenceInput,
  before: MixerState,
  hook?: StepHook,
): { readonly outputs: Tensor; readonly state: MixerState } {
  const own = weightsUnder(before, 'rule');
  const state: RuleState = { ...own, S: weightOf(own, 'S') };
  const isOne = input.q.shape[2] === 1;
  if (hook && !isOne) {
    throw new ShapeError(
      `memory: expected one token with a hook, got ${input.q.shape[2]}; read them one after the other`,
    );
  }
  const result = isOne ? stepMemory(plan, input, state, hook) : readMemory(plan, input, state);
  return { outputs: result.outputs, state: named(result.state) };
}

/** Operations of one token through the memories of a layer, by the rule's definition, and of reads that are shared. */
export async function memoryOperations(plan: MemoryPlan): Promise<number> {
  const { H, M, K, V, writes, rule, ruleParams, gate, gateParams, place, gateColumns: columns } = plan;
  const own = await countOperations(() => {
    const weights = gate
      .weights(place, gateParams)
      .map(({ name, shape }) => [name, tf.zeros([...shape])] as const);
    const projected = columns === 0 ? undefined : tf.zeros(columns === 1 ? [1, M, 1] : [1, M, 1, columns]);
    const logDecay = gate.logDecay({ B: 1, T: 1, projected }, Object.fromEntries(weights), place, gateParams);
    const inputs = Object.entries(rule.signals).map(
      ([name, spec]) => [name, tf.ones(signalShape(spec, [1, M], plan))] as const,
    );
    const { output, state } = rule.step(
      rule.initState({ B: 1, H: M, K, V }, ruleParams),
      {
        q: tf.ones([1, M, K]),
        k: tf.ones([1, M, writes * K]),
        v: tf.ones([1, M, writes * V]),
        signals: Object.fromEntries(inputs),
        logDecay: logDecay && tf.reshape(logDecay, logDecay.rank === 4 ? [1, M, K] : [1, M]),
      },
      ruleParams,
    );
    return [output, ...Object.values(state)];
  });
  return own + 2 * (H - M) * K * V;
}
