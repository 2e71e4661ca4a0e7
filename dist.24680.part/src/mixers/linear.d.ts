import type { MixerPlan, MixerSettings } from './contract.js';
declare function plan(settings: MixerSettings, where: string): MixerPlan;
/**
 * Heads with nothing around them: linear in their input but for their rule and gate.
 *
 *   q, k, v = x W_qkv,   o = S q,   y = o W_out
 *
 * Where the rule wants unit keys (or values), key and value are both divided by that length, which is its write
 * strength divided by the length squared (delta: normalised least mean squares, and with beta 1 Kaczmarz' method);
 * q stays as it is but for 1 / sqrt(K), so that the size of a stimulus counts. The memory restarts at a document
 * boundary.
 */
export declare const linear: {
    name: string;
    title: string;
    source: string;
    options: {};
    inBlock: false;
    takesRule: true;
    keepsTokens: false;
    issues: () => never[];
    plan: typeof plan;
};
export {};
