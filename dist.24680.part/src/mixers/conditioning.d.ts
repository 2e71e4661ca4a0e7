import { z } from 'zod';
import type { Issue } from '../core/schema.js';
import type { MixerPlan, SettingsOf } from './contract.js';
declare const options: {
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
};
type Settings = SettingsOf<typeof options>;
declare function plan(settings: Settings, where: string): MixerPlan;
/**
 * Heads that each read a memory S which learns by its rule from keys (CS) and values (US), forgets by its gate, and is
 * read with queries (test stimuli).
 *
 *   q, k = map(conv(x W_qk)) normalised,   v = silu(conv(x W_v)) normalised
 *   o = S q,   y = (rms(o) gain silu(x W_gate)) W_out
 *
 * With momentum q is shifted before it is normalised; M memories are read by H / M heads each. The memory restarts at a
 * document boundary. Decoding takes constant time and memory per token.
 */
export declare const conditioning: {
    name: string;
    title: string;
    source: string;
    options: {
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
    };
    inBlock: true;
    takesRule: true;
    keepsTokens: false;
    issues: (settings: SettingsOf<{
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
    }>) => Issue[];
    plan: typeof plan;
};
export {};
