import { z } from 'zod';
import type { Tensor } from '../core/tf.js';
import type { Weights, WeightSpec } from '../core/weights.js';
import { type MixerPlan } from '../mixers/contract.js';
import { type ArgsOf, PavlovLayer } from './pavlovLayer.js';
/** A mixer alone as a layer. Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]. */
declare abstract class HeadLayer<Schema extends z.ZodObject> extends PavlovLayer<Schema> {
    abstract readonly plan: MixerPlan;
    protected specsFor(width: number): WeightSpec[];
    protected body(weights: Weights, x: Tensor, documents?: Tensor): Tensor;
}
declare const conditioningSchema: z.ZodObject<{
    layer: z.ZodDefault<z.ZodInt>;
    layers: z.ZodDefault<z.ZodInt>;
    outputScale: z.ZodDefault<z.ZodNumber>;
    normEpsilon: z.ZodDefault<z.ZodNumber>;
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
    convolution: z.ZodDefault<z.ZodInt>;
    outputGate: z.ZodDefault<z.ZodBoolean>;
    keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
    momentumShift: z.ZodDefault<z.ZodBoolean>;
    rule: z.ZodString;
    ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    gate: z.ZodString;
    gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    chunkSize: z.ZodDefault<z.ZodInt>;
    heads: z.ZodInt;
    keySize: z.ZodInt;
    valueSize: z.ZodInt;
}, z.core.$strict>;
/**
 * Heads that each hold an associative memory, written by a learning rule and forgetting by a gate; see `conditioning`
 * in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export declare class ConditioningHead extends HeadLayer<typeof conditioningSchema> {
    static readonly className = "PavlovConditioningHead";
    static readonly schema: z.ZodObject<{
        layer: z.ZodDefault<z.ZodInt>;
        layers: z.ZodDefault<z.ZodInt>;
        outputScale: z.ZodDefault<z.ZodNumber>;
        normEpsilon: z.ZodDefault<z.ZodNumber>;
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
        convolution: z.ZodDefault<z.ZodInt>;
        outputGate: z.ZodDefault<z.ZodBoolean>;
        keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
        momentumShift: z.ZodDefault<z.ZodBoolean>;
        rule: z.ZodString;
        ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        gate: z.ZodString;
        gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        chunkSize: z.ZodDefault<z.ZodInt>;
        heads: z.ZodInt;
        keySize: z.ZodInt;
        valueSize: z.ZodInt;
    }, z.core.$strict>;
    readonly plan: MixerPlan;
    constructor(args: ArgsOf<typeof conditioningSchema>);
}
declare const linearSchema: z.ZodObject<{
    layer: z.ZodDefault<z.ZodInt>;
    layers: z.ZodDefault<z.ZodInt>;
    outputScale: z.ZodDefault<z.ZodNumber>;
    normEpsilon: z.ZodDefault<z.ZodNumber>;
    rule: z.ZodString;
    ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    gate: z.ZodString;
    gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
    chunkSize: z.ZodDefault<z.ZodInt>;
    heads: z.ZodInt;
    keySize: z.ZodInt;
    valueSize: z.ZodInt;
}, z.core.$strict>;
/**
 * Heads with nothing around their memories; see `linear` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export declare class LinearHead extends HeadLayer<typeof linearSchema> {
    static readonly className = "PavlovLinearHead";
    static readonly schema: z.ZodObject<{
        layer: z.ZodDefault<z.ZodInt>;
        layers: z.ZodDefault<z.ZodInt>;
        outputScale: z.ZodDefault<z.ZodNumber>;
        normEpsilon: z.ZodDefault<z.ZodNumber>;
        rule: z.ZodString;
        ruleParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        gate: z.ZodString;
        gateParams: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>>;
        chunkSize: z.ZodDefault<z.ZodInt>;
        heads: z.ZodInt;
        keySize: z.ZodInt;
        valueSize: z.ZodInt;
    }, z.core.$strict>;
    readonly plan: MixerPlan;
    constructor(args: ArgsOf<typeof linearSchema>);
}
declare const softmaxSchema: z.ZodObject<{
    outputScale: z.ZodDefault<z.ZodNumber>;
    convolution: z.ZodDefault<z.ZodInt>;
    outputGate: z.ZodDefault<z.ZodBoolean>;
    keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
    momentumShift: z.ZodDefault<z.ZodBoolean>;
    heads: z.ZodInt;
    keySize: z.ZodInt;
    valueSize: z.ZodInt;
}, z.core.$strict>;
/**
 * Causal softmax attention; see `softmax` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export declare class SoftmaxHead extends HeadLayer<typeof softmaxSchema> {
    static readonly className = "PavlovSoftmaxHead";
    static readonly schema: z.ZodObject<{
        outputScale: z.ZodDefault<z.ZodNumber>;
        convolution: z.ZodDefault<z.ZodInt>;
        outputGate: z.ZodDefault<z.ZodBoolean>;
        keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
        momentumShift: z.ZodDefault<z.ZodBoolean>;
        heads: z.ZodInt;
        keySize: z.ZodInt;
        valueSize: z.ZodInt;
    }, z.core.$strict>;
    readonly plan: MixerPlan;
    constructor(args: ArgsOf<typeof softmaxSchema>);
}
export {};
