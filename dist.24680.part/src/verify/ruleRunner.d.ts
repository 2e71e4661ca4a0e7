import type { Params } from '../core/params.js';
import type { Engine } from '../engine/engine.js';
import type { LearningRule } from '../rules/contract.js';
import { type SequenceOptions } from '../rules/run/runRule.js';
import { type CaseOptions, type NamedNumbers, type RuleCase } from './ruleCase.js';
/** `outputs`, `state.<field>` and, where asked for, `gradient of <input>`. */
export type Outcome = NamedNumbers;
/** Step by step, or in chunks of so many tokens. */
export type Form = SequenceOptions;
export declare const STEP: Form;
/** A form in words. */
export declare function formText({ form, chunkSize }: Form): string;
/** One rule on one engine: makes cases, runs them, and keeps what was compiled. */
export declare class RuleRunner {
    readonly rule: LearningRule;
    readonly engine: Engine;
    /** Numbers of tokens that are tried. */
    readonly lengths: readonly number[];
    private readonly compiled;
    readonly defaults: Params;
    constructor(rule: LearningRule, engine: Engine, 
    /** Numbers of tokens that are tried. */
    lengths: readonly number[]);
    /** A case of these sizes, with the usual dimensions and knobs unless said otherwise. */
    case(options: Partial<CaseOptions> & {
        readonly T: number;
    }): RuleCase;
    /** The longest length up to `most`. */
    length(most: number): number;
    /** Step by step, and in chunks of each size where the rule and the case allow it. */
    forms(on: RuleCase, ...chunkSizes: readonly number[]): readonly Form[];
    /** Runs a case on the engine. */
    run(on: RuleCase, form: Form, gradients?: boolean): Promise<Outcome>;
    /** The definition: step by step, op by op. */
    define(on: RuleCase, gradients?: boolean): Outcome;
    /** Tensors that a run in `tf.tidy` leaves behind, beside its results. */
    leftBehind(on: RuleCase, form: Form): number;
    dispose(): Promise<void>;
    /** Inputs, then documents, then the weights of a loss of outputs and state. */
    private tensorsOf;
    /** Weights of the loss of a case: `outputs` and `state.<field>`, its own or random ones. */
    lossWeights(on: RuleCase): NamedNumbers;
    private resultShapes;
    /** A case's outputs and state, and the gradients of the weighted sum of both, of tensors in their order. */
    private apply;
    private sequence;
}
