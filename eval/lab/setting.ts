import { z } from 'zod';
import { callback, list, made } from '../../src/core/options.js';
import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { LearningRule } from '../../src/rules/contract.js';

/** The numbers that a conditioning experiment is run at. */
export interface LabSetting {
  /** Write strength b. */
  readonly beta: number;
  /** Size of the US, lambda. */
  readonly magnitude: number;
  /** Trials of the first phase, n1. */
  readonly first: number;
  /** Trials of the second phase, n2. */
  readonly second: number;
  /** What a memory keeps a step, alpha, where the experiment is about that. */
  readonly decay: number;
  /** Idle steps of a pause, g. */
  readonly gap: number;
  /** Chance of the US where it is not sure, p (with the CS: p1). */
  readonly chance: number;
  /** Chance of the US without the CS, p0. */
  readonly background: number;
}

const settingFields = {
  magnitude: z.number(),
  first: z.number(),
  second: z.number(),
  decay: z.number(),
  gap: z.number(),
  chance: z.number(),
  background: z.number(),
};

/** The options of a setting with a write strength. */
export const settingSchema = z.strictObject({ beta: z.number(), ...settingFields });

/** The options of a setting whose write strength may be left out. */
export const labOptionsSchema = z.strictObject({ beta: z.number().optional(), ...settingFields });

/** Options that most measurements of the lab have. */
export const labFields = {
  rules: list<readonly string[]>(),
  params: made<Readonly<Record<string, Params>>>('parameters by rule').optional(),
  rng: made<Rng>('a random stream'),
};

/** Options of those that tell of each rule. */
export const onRule = callback<(name: string) => void>().optional();

/** The setting of docs/theory.md section 4. */
export const LAB_SETTING: LabSetting = {
  beta: 0.2,
  magnitude: 1,
  first: 30,
  second: 30,
  decay: 0.9,
  gap: 10,
  chance: 0.8,
  background: 0.4,
};

/** A setting whose write strength may be left to each rule. */
export type LabOptions = Omit<LabSetting, 'beta'> & { readonly beta?: number | undefined };

/**
 * The setting for one rule. A write strength that is not given is that of `LAB_SETTING` where the rule's range
 * has it, else what a new layer of the rule begins with.
 */
export function settingFor(rule: LearningRule, { beta, ...rest }: LabOptions): LabSetting {
  return { ...rest, beta: betaFor(rule, beta, LAB_SETTING.beta) };
}

/** A write strength that was given, else the usual one where the rule's range has it, else its initial one. */
export function betaFor({ signals, params }: LearningRule, given: number | undefined, usual: number): number {
  if (given !== undefined) return given;
  const spec = signals.beta;
  if (!spec) return usual;
  const high = typeof spec.high === 'number' ? spec.high : Number(params[spec.high]?.default);
  return usual >= spec.low && usual <= high ? usual : spec.initial;
}
