import { z } from 'zod';
import { type Issue } from '../core/schema.js';
import { layerSettings } from '../layers/block.js';
/** The settings of a model but for what its data decides. */
export declare const modelSettings: z.ZodObject<{
    mixer: z.ZodDefault<z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>>;
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
    width: z.ZodInt;
    layers: z.ZodInt;
}, z.core.$strict>;
/** Everything that decides the parameters and arithmetic of a model. Saved in every checkpoint. */
declare const modelSchema: z.ZodObject<{
    mixer: z.ZodDefault<z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>>;
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
    width: z.ZodInt;
    layers: z.ZodInt;
    vocabularySize: z.ZodOptional<z.ZodInt>;
    inputs: z.ZodOptional<z.ZodDiscriminatedUnion<[z.ZodObject<{
        kind: z.ZodLiteral<"tokens">;
        vocabularySize: z.ZodInt;
    }, z.core.$strict>, z.ZodObject<{
        kind: z.ZodLiteral<"real">;
        width: z.ZodInt;
    }, z.core.$strict>], "kind">>;
    outputs: z.ZodOptional<z.ZodDiscriminatedUnion<[z.ZodObject<{
        kind: z.ZodLiteral<"classes">;
        classes: z.ZodInt;
    }, z.core.$strict>, z.ZodObject<{
        kind: z.ZodLiteral<"real">;
    }, z.core.$strict>], "kind">>;
}, z.core.$strict>;
/** The config of a model with every default filled in. */
export type ModelConfig = Readonly<z.output<typeof modelSchema>>;
/** The config of a model; what has a default may be left out. */
export type ModelOptions = Readonly<z.input<typeof modelSchema>>;
/** What a model reads and answers. */
export interface ModelEnds {
    readonly inputs: NonNullable<ModelConfig['inputs']>;
    readonly outputs: NonNullable<ModelConfig['outputs']>;
}
/**
 * What the model of a config reads and answers.
 *
 * @throws ConfigError where the config names neither a vocabulary nor both ends.
 */
export declare function endsOf({ vocabularySize, inputs, outputs }: ModelConfig): ModelEnds;
type Settings = Readonly<z.output<typeof modelSettings>>;
/** The name of the mixer of each layer. */
export declare function mixerNames({ mixer, layers }: Pick<Settings, 'mixer' | 'layers'>): readonly string[];
/** The settings of a model that each of its layers has too. */
export declare function blockSettings(config: Settings): Pick<Settings, keyof typeof layerSettings>;
/**
 * A config whose fields are right each by itself, with the parameters of rule and gate filled in, and every issue that
 * lies between fields.
 */
export declare function checkBetween<Config extends Settings>(config: Config): {
    readonly config: Config;
    readonly issues: readonly Issue[];
};
/** Every issue of a model's config as a line with its path; none when it is right. Never throws. */
export declare function modelIssues(value: unknown, where?: string): string[];
/**
 * A config of a model with every default filled in.
 *
 * @throws ConfigError with every issue and its path, one a line.
 */
export declare function checkModelConfig(options: ModelOptions, where?: string): ModelConfig;
export {};
