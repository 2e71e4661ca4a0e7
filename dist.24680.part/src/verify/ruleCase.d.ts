import type { Params } from '../core/params.js';
import type { Rng } from '../core/rng.js';
import type { LearningRule, Normalisation, RuleDims } from '../rules/contract.js';
/** Numbers of a tensor. */
export interface Numbers {
    readonly shape: readonly number[];
    readonly values: Float32Array;
}
export type NamedNumbers = Readonly<Record<string, Numbers>>;
interface CaseSizes extends RuleDims {
    readonly T: number;
}
/** No decay; one per head and token; the same for all rows; one per key channel too. */
export type DecayKind = 'none' | 'head' | 'shared' | 'channel';
/** What a rule is run on. */
export interface RuleCase {
    /** All of the rule's knobs. */
    readonly params: Params;
    /** `q`, `k`, `v`, `signals.<name>`, `logDecay`, `state.<field>`. */
    readonly inputs: NamedNumbers;
    /** `[B,T]` */
    readonly documents?: Int32Array | undefined;
    /** Weights of the loss that gradients are of: `outputs`, `state.<field>`; 0 where one is left out. Default: random. */
    readonly lossWeights?: NamedNumbers;
    /** In words, for findings. */
    readonly label: string;
}
export interface CaseOptions extends CaseSizes {
    readonly params: Params;
    readonly decay?: DecayKind;
    readonly state?: boolean;
    readonly documents?: boolean;
}
/** Sizes that tell every axis from every other. */
export declare const DIMS: RuleDims;
/** Vectors as the layer prepares them: of unit length, of length about 1, or standard normal. */
export declare function vectors(rng: Rng, shape: readonly number[], kind: Normalisation): Numbers;
/** The bounds of a signal, with the knob that may hold the upper one. */
export declare function signalBounds(rule: LearningRule, name: string, params: Params): readonly [number, number];
/** Fields of an empty memory's state. */
export declare function emptyState(rule: LearningRule, dims: RuleDims, params: Params): NamedNumbers;
/** A case with random numbers; queries and keys have unit length, whatever the rule asks for. */
export declare function ruleCase(rule: LearningRule, rng: Rng, options: CaseOptions): RuleCase;
/** The case with some inputs replaced, and a word on it. */
export declare function withInputs(on: RuleCase, inputs: NamedNumbers, label?: string): RuleCase;
/** Numbers changed one by one. */
export declare function mapped({ shape, values }: Numbers, change: (x: number, index: number) => number): Numbers;
/** Names of the inputs that a token has: all but the state's. */
export declare function tokenInputs({ inputs }: RuleCase): readonly string[];
/** Which token of `[B,H,T]` or `[B,H,T,X]` an element belongs to. */
export declare function tokenOf(shape: readonly number[], index: number): number;
/** The tokens from `from` to before `to` of every input that has tokens. */
export declare function slicedInTime(on: RuleCase, from: number, to: number): RuleCase;
/** Row b and head h of every input, alone. */
export declare function oneMemory(on: RuleCase, b: number, h: number): RuleCase;
export {};
