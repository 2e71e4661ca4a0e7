import type { MixerPlan, SettingsOf, sizes } from './contract.js';
import { sharingIssues, vectorOptions } from './vectors.js';
type Settings = Pick<SettingsOf<typeof vectorOptions>, keyof typeof vectorOptions | keyof typeof sizes | 'outputScale'>;
declare function plan(settings: Settings): MixerPlan;
/**
 * The baseline: causal softmax attention, with the conditioning heads' short convolution and output gate and no
 * positions (the convolution tells neighbours apart).
 *
 *   y = (softmax(q kᵀ / sqrt(K)) v silu(x W_gate)) W_out,   q, k, v = conv(x W_qkv)
 *
 * Its state is the last tokens themselves, of a fixed length L chosen beforehand. Decoding is equal to the full pass
 * while the cache holds every token so far; afterwards each token sees the last L of the cache and those given with it.
 */
export declare const softmax: {
    name: string;
    title: string;
    source: string;
    options: {
        convolution: import("zod").ZodDefault<import("zod").ZodInt>;
        outputGate: import("zod").ZodDefault<import("zod").ZodBoolean>;
        keyValueHeads: import("zod").ZodDefault<import("zod").ZodNullable<import("zod").ZodInt>>;
        momentumShift: import("zod").ZodDefault<import("zod").ZodBoolean>;
    };
    inBlock: true;
    takesRule: false;
    keepsTokens: true;
    issues: typeof sharingIssues;
    plan: typeof plan;
};
export {};
