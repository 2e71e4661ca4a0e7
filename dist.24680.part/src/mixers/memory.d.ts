import { type Params } from '../core/params.js';
import { type Tensor } from '../core/tf.js';
import { type Weights, type WeightSpec } from '../core/weights.js';
import type { DecayGate, GatePlace } from '../gates/contract.js';
import type { LearningRule, RuleState, SequenceInput } from '../rules/contract.js';
import type { MixerSettings, MixerState } from './contract.js';
import { type HeadSizes } from './vectors.js';
/** A signal with its parameters resolved and the bias that gives its initial value. */
interface PlannedSignal {
    readonly name: string;
    readonly low: number;
    readonly high: number;
    readonly bias: number;
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
}
/**
 * Looks up the rule and gate of memories.
 *
 * @throws ConfigError for an unknown rule, gate or parameter, and for parameters that do not go together.
 */
export declare function planMemory(settings: MixerSettings, sizes: HeadSizes, where: string): MemoryPlan;
/**
 * Plans one memory and makes the decay of its gate where that needs no weights.
 *
 * @throws ConfigError for parameters of the rule or gate that do not go together.
 */
export declare function checkMemory(settings: MixerSettings, where: string): void;
/**
 * Weights of signals and gate on width D. `controls` has a column per memory for each signal, then those of the gate;
 * it starts at zero, so that signals and decay start at the values their rule and gate name.
 */
export declare function controlSpecs(plan: MemoryPlan, D: number): WeightSpec[];
/** Signals and log decay of every token of x `[B,T,D]`. */
export declare function controlsOf(plan: MemoryPlan, weights: Weights, x: Tensor): {
    readonly signals: Record<string, Tensor>;
    readonly logDecay?: Tensor | undefined;
};
/** Read-outs `[B,H,T,V]` of whole sequences. */
export declare function readMemory({ rule, ruleParams, chunkSize }: MemoryPlan, input: SequenceInput, state?: RuleState): import("../rules/contract.js").SequenceResult;
/** The memories before the first token, under the names of a mixer's state. */
export declare function initMemory({ rule, ruleParams, M, K, V }: MemoryPlan, batchSize: number): MixerState;
/**
 * Read-outs `[B,H,T,V]` of the next tokens, from the memories after those before: one token runs the rule's step,
 * several its chunk form.
 */
export declare function readNext(plan: MemoryPlan, input: SequenceInput, before: MixerState): {
    readonly outputs: Tensor;
    readonly state: MixerState;
};
/** Operations of one token through the memories of a layer, by the rule's definition, and of reads that are shared. */
export declare function memoryOperations(plan: MemoryPlan): Promise<number>;
export {};
