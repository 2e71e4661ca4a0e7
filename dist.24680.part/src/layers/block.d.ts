import { z } from 'zod';
import { type Tensor } from '../core/tf.js';
import { type Weights, type WeightSpec } from '../core/weights.js';
import { type Mixer, type MixerPlan, type MixerState } from '../mixers/contract.js';
import type { SequenceInput } from '../rules/contract.js';
import { type ArgsOf, PavlovLayer } from './pavlovLayer.js';
/** The settings of a layer but for its mixer's name and its place in the stack; a model has the same. */
export declare const layerSettings: {
    normEpsilon: z.ZodDefault<z.ZodNumber>;
    convolution: z.ZodDefault<z.ZodInt>;
    outputGate: z.ZodDefault<z.ZodBoolean>;
    keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
    momentumShift: z.ZodDefault<z.ZodBoolean>;
    featureMap: z.ZodDefault<z.ZodEnum<{
        relu: "relu";
        identity: "identity";
        silu: "silu";
        "elu+1": "elu+1";
    }>>;
    queryNorm: z.ZodDefault<z.ZodEnum<{
        none: "none";
        unit: "unit";
        scaled: "scaled";
        rule: "rule";
    }>>;
    keyNorm: z.ZodDefault<z.ZodEnum<{
        none: "none";
        unit: "unit";
        scaled: "scaled";
        rule: "rule";
    }>>;
    rule: z.ZodString;
    ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    gate: z.ZodString;
    gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    chunkSize: z.ZodDefault<z.ZodInt>;
    mlpWidth: z.ZodInt;
    heads: z.ZodInt;
    keySize: z.ZodInt;
    valueSize: z.ZodInt;
};
declare const schema: z.ZodObject<{
    layer: z.ZodDefault<z.ZodInt>;
    layers: z.ZodDefault<z.ZodInt>;
    outputScale: z.ZodDefault<z.ZodNumber>;
    mixer: z.ZodDefault<z.ZodString>;
    normEpsilon: z.ZodDefault<z.ZodNumber>;
    convolution: z.ZodDefault<z.ZodInt>;
    outputGate: z.ZodDefault<z.ZodBoolean>;
    keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
    momentumShift: z.ZodDefault<z.ZodBoolean>;
    featureMap: z.ZodDefault<z.ZodEnum<{
        relu: "relu";
        identity: "identity";
        silu: "silu";
        "elu+1": "elu+1";
    }>>;
    queryNorm: z.ZodDefault<z.ZodEnum<{
        none: "none";
        unit: "unit";
        scaled: "scaled";
        rule: "rule";
    }>>;
    keyNorm: z.ZodDefault<z.ZodEnum<{
        none: "none";
        unit: "unit";
        scaled: "scaled";
        rule: "rule";
    }>>;
    rule: z.ZodString;
    ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    gate: z.ZodString;
    gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    chunkSize: z.ZodDefault<z.ZodInt>;
    mlpWidth: z.ZodInt;
    heads: z.ZodInt;
    keySize: z.ZodInt;
    valueSize: z.ZodInt;
}, z.core.$strict>;
/**
 * A layer of a model: a pre-norm residual block of a mixer and an MLP.
 *
 *   x' = x + mixer(norm(x)),   y = x' + mlp(norm(x'))      without an MLP, y = x'
 *
 * A mixer that stands in no block is added by itself: y = x + mixer(x).
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D].
 * @throws ConfigError for settings that are unknown, missing or wrong.
 * Source: Xiong et al. 2020, arXiv:2002.04745 (norms inside the residual branch).
 */
export declare class Block extends PavlovLayer<typeof schema> {
    static readonly className = "PavlovBlock";
    static readonly schema: z.ZodObject<{
        layer: z.ZodDefault<z.ZodInt>;
        layers: z.ZodDefault<z.ZodInt>;
        outputScale: z.ZodDefault<z.ZodNumber>;
        mixer: z.ZodDefault<z.ZodString>;
        normEpsilon: z.ZodDefault<z.ZodNumber>;
        convolution: z.ZodDefault<z.ZodInt>;
        outputGate: z.ZodDefault<z.ZodBoolean>;
        keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
        momentumShift: z.ZodDefault<z.ZodBoolean>;
        featureMap: z.ZodDefault<z.ZodEnum<{
            relu: "relu";
            identity: "identity";
            silu: "silu";
            "elu+1": "elu+1";
        }>>;
        queryNorm: z.ZodDefault<z.ZodEnum<{
            none: "none";
            unit: "unit";
            scaled: "scaled";
            rule: "rule";
        }>>;
        keyNorm: z.ZodDefault<z.ZodEnum<{
            none: "none";
            unit: "unit";
            scaled: "scaled";
            rule: "rule";
        }>>;
        rule: z.ZodString;
        ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        gate: z.ZodString;
        gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        chunkSize: z.ZodDefault<z.ZodInt>;
        mlpWidth: z.ZodInt;
        heads: z.ZodInt;
        keySize: z.ZodInt;
        valueSize: z.ZodInt;
    }, z.core.$strict>;
    readonly mixer: Mixer;
    readonly plan: MixerPlan;
    constructor(args: ArgsOf<typeof schema>);
    protected specsFor(D: number): WeightSpec[];
    protected body(weights: Weights, x: Tensor, documents?: Tensor): Tensor;
    /**
     * `forward` on the next tokens, from the mixer's state after those before.
     *
     * Shapes: x [B,T,D] -> output [B,T,D].
     */
    next(x: Tensor, before: MixerState): {
        readonly output: Tensor;
        readonly state: MixerState;
    };
    /** What the rule of the mixer's memories is given on x; undefined where no rule drives one. */
    memoryInput(x: Tensor, documents?: Tensor): SequenceInput | undefined;
    /** What the mixer reads: in a block the normed stream, with the gain of the norm folded into its matrices. */
    private mixing;
    private afterMixing;
}
export {};
