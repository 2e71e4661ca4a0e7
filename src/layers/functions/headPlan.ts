import { ConfigError, lookUp } from '../../core/errors.js';
import type { DecayGate, GatePlace } from '../../gates/contract.js';
import { gates } from '../../gates/registry.js';
import type { LearningRule, Normalisation, SignalSpec } from '../../rules/contract.js';
import { type Params, resolveParams } from '../../core/params.js';
import { rules } from '../../rules/registry.js';
import { constantSpec, matrixSpec, tapsSpec, type WeightSpec } from '../weights.js';
import { headOptionFaults } from './headOptions.js';
import type { HeadOptions } from '../headDefaults.js';
import { fusedWidth, type HeadSizes } from './headParts.js';
import { momentumSpec } from './momentumShift.js';

/** Everything that decides a conditioning head but its weights. */
export interface ConditioningOptions extends HeadOptions {
  readonly heads: number;
  /** K, key size of one head. */
  readonly keySize: number;
  /** V, value size of one head. */
  readonly valueSize: number;
  /** Taps of the short convolution; 0 for none. */
  readonly convolution: number;
  readonly outputGate: boolean;
  readonly rule: string;
  readonly ruleParams: Params;
  readonly gate: string;
  readonly gateParams: Params;
  /** Tokens a chunk. */
  readonly chunkSize: number;
  readonly normEpsilon: number;
  /** Place of this head in the stack, for gates that differ by depth. */
  readonly layer: number;
  readonly layers: number;
  /** Factor on the standard deviation of the output projection at initialisation. */
  readonly outputScale: number;
}

/** A conditioning head with its rule and gate looked up and their knobs resolved. */
export interface HeadPlan extends HeadSizes {
  readonly options: ConditioningOptions;
  readonly rule: LearningRule;
  readonly ruleParams: Params;
  /** How queries, keys and values are normalised. */
  readonly norms: Readonly<Record<'q' | 'k' | 'v', Normalisation>>;
  readonly gate: DecayGate;
  readonly gateParams: Params;
  readonly place: GatePlace;
  /** Columns a memory of the gate's projection. */
  readonly gateColumns: number;
  /** Columns of the projection to signals and gate. */
  readonly controls: number;
  readonly signals: readonly PlannedSignal[];
}

/** A signal with its knobs resolved and the bias that gives its initial value. */
export interface PlannedSignal {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly bias: number;
}

/** The upper bound of a signal may be a knob, which may be set below the signal's initial value. */
function planSignal(name: string, spec: SignalSpec, params: Params, where: string): PlannedSignal {
  const high = Number(typeof spec.high === 'string' ? params[spec.high] : spec.high);
  if (!(high > spec.initial)) {
    throw new ConfigError(
      `${where}.ruleParams.${spec.high}: expected more than ${spec.initial}, the initial ${name}, got ${high}; choose a larger one`,
    );
  }
  const share = (spec.initial - spec.low) / (high - spec.low);
  return { name, low: spec.low, high, bias: Math.log(share / (1 - share)) };
}

/** The norms of the rule, but where the options say otherwise. */
function planNorms({ queryNorm, keyNorm }: HeadOptions, { normalise }: LearningRule): HeadPlan['norms'] {
  return {
    ...normalise,
    ...(queryNorm === 'rule' ? {} : { q: queryNorm }),
    ...(keyNorm === 'rule' ? {} : { k: keyNorm }),
  };
}

/**
 * Looks up the rule and gate of a head.
 *
 * @throws ConfigError for an unknown rule, gate or knob, and for options that do not go with the rule.
 */
export function planHead(options: ConditioningOptions, where: string): HeadPlan {
  const { heads: H, keySize: K, valueSize: V, layer, layers } = options;
  const rule = lookUp(`${where}.rule`, rules, options.rule);
  const gate = lookUp(`${where}.gate`, gates, options.gate);
  const ruleParams = resolveParams(rule.params, options.ruleParams, `${where}.ruleParams`);
  const gateParams = resolveParams(gate.params, options.gateParams, `${where}.gateParams`);
  const [fault] = headOptionFaults(options, H, rule);
  if (fault) throw new ConfigError(`${where}.${fault.field}: ${fault.message}`);
  const M = options.keyValueHeads ?? H;
  const norms = planNorms(options, rule);
  const place: GatePlace = { H: M, K, layer, layers };
  const gateColumns = gate.columns(place);
  const signals = Object.entries(rule.signals).map(([name, spec]) =>
    planSignal(name, spec, ruleParams, where),
  );
  const controls = M * (signals.length + gateColumns);
  const sizes = { H, M, K, V };
  return {
    ...sizes,
    options,
    rule,
    ruleParams,
    norms,
    gate,
    gateParams,
    place,
    gateColumns,
    controls,
    signals,
  };
}

function gateSpecs({ gate, place, gateParams }: HeadPlan): WeightSpec[] {
  return gate.weights(place, gateParams).map((weight) => ({
    name: `decay.${weight.name}`,
    shape: weight.shape,
    initial: (rng) => weight.initial(rng),
    decayed: false,
    matrix: false,
  }));
}

function signalBiasSpec({ signals, M }: HeadPlan): WeightSpec {
  const initial = () => Float32Array.from(signals.flatMap(({ bias }) => Array<number>(M).fill(bias)));
  return { name: 'signalBias', shape: [signals.length * M], initial, decayed: false, matrix: false };
}

/**
 * Weights of a conditioning head on width D. `qkv` has the columns of all queries, then all keys, then all
 * values, head by head; `controls` those of each signal, a column a memory, then of the gate. `controls` starts
 * at zero, so that signals and decay start at the values their rule and gate name.
 */
export function conditioningHeadSpecs(plan: HeadPlan, D: number): WeightSpec[] {
  const { options, H, V } = plan;
  return [
    matrixSpec('qkv', D, fusedWidth(plan)),
    ...(options.convolution > 0 ? [tapsSpec('convolution', fusedWidth(plan), options.convolution)] : []),
    ...(options.momentumShift ? [momentumSpec(H)] : []),
    ...(plan.controls > 0 ? [constantSpec('controls', [D, plan.controls], 0)] : []),
    ...(plan.signals.length > 0 ? [signalBiasSpec(plan)] : []),
    ...gateSpecs(plan),
    ...(options.outputGate ? [matrixSpec('outputGate', D, H * V)] : []),
    constantSpec('outputNorm', [H * V], 1),
    matrixSpec('output', H * V, D, options.outputScale),
  ];
}
