import type { z } from 'zod';
import { type Issue } from '../core/schema.js';
import type { Mixer, MixerPlan } from './contract.js';
/** Every mixer of this project by name. A new one is its file and its line here. */
declare const own: {
    conditioning: {
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
        issues: (settings: import("./contract.js").SettingsOf<{
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
        plan: (settings: Readonly<{
            heads: number;
            keySize: number;
            valueSize: number;
            rule: string;
            ruleParams: Record<string, string | number>;
            gate: string;
            gateParams: Record<string, string | number>;
            chunkSize: number;
            layer: number;
            layers: number;
            outputScale: number;
            normEpsilon: number;
        }> & Readonly<{
            featureMap: "relu" | "identity" | "silu" | "elu+1";
            queryNorm: "none" | "unit" | "scaled" | "rule";
            keyNorm: "none" | "unit" | "scaled" | "rule";
            convolution: number;
            outputGate: boolean;
            keyValueHeads: number | null;
            momentumShift: boolean;
        }>, where: string) => MixerPlan;
    };
    linear: {
        name: string;
        title: string;
        source: string;
        options: {};
        inBlock: false;
        takesRule: true;
        keepsTokens: false;
        issues: () => never[];
        plan: (settings: import("./contract.js").MixerSettings, where: string) => MixerPlan;
    };
    softmax: {
        name: string;
        title: string;
        source: string;
        options: {
            convolution: z.ZodDefault<z.ZodInt>;
            outputGate: z.ZodDefault<z.ZodBoolean>;
            keyValueHeads: z.ZodDefault<z.ZodNullable<z.ZodInt>>;
            momentumShift: z.ZodDefault<z.ZodBoolean>;
        };
        inBlock: true;
        takesRule: false;
        keepsTokens: true;
        issues: typeof import("./vectors.js").sharingIssues;
        plan: (settings: {
            readonly heads: number;
            readonly keySize: number;
            readonly valueSize: number;
            readonly outputScale: number;
            readonly convolution: number;
            readonly outputGate: boolean;
            readonly keyValueHeads: number | null;
            readonly momentumShift: boolean;
        }) => MixerPlan;
    };
};
/** Every mixer by name: those of this project, and those registered since the process began. */
export declare const mixers: Readonly<Record<string, Mixer>>;
/** The mixer of a layer where none is named. */
export declare const DEFAULT_MIXER: string;
/** A name of a mixer. */
export declare const mixerName: z.ZodString;
type All<Union> = (Union extends unknown ? (x: Union) => void : never) extends (x: infer Each) => void ? Each : never;
/** The options of all mixers together. A model has each of them once; a mixer reads its own. */
export declare const mixerOptions: z.core.util.Flatten<All<(typeof own)[keyof typeof own]["options"]>>;
/**
 * Makes a mixer known by its name, for as long as the process lives. The same object again changes nothing. Options of
 * its own are read where it is planned; a config has those of the mixers of this project.
 *
 * @throws ConfigError when the name belongs to another.
 */
export declare function registerMixer(mixer: Mixer): void;
/**
 * A mixer with its settings checked.
 *
 * @throws ConfigError for settings that do not go together.
 */
export declare function planMixer<Settings>(mixer: {
    issues(settings: Settings): Issue[];
    plan(settings: Settings, where: string): MixerPlan;
}, settings: Settings, where: string): MixerPlan;
export {};
