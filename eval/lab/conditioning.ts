import { lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { list, optionsCheck } from '../../src/core/options.js';
import { rules } from '../../src/rules/registry.js';
import { ruleDrive } from './drive.js';
import type { Phenomenon } from './phenomena/contract.js';
import { phenomena } from './phenomena/registry.js';
import { predictions } from './predictions/registry.js';
import { courseOf, response, type Drive } from './script.js';
import { labFields, labOptionsSchema, settingFor, type LabOptions, type LabSetting } from './setting.js';

/** One cell of the table rule x phenomenon: one reading. */
export interface ConditioningResult {
  readonly rule: string;
  readonly phenomenon: string;
  readonly reading: string;
  /** Write strength of this rule. */
  readonly beta: number;
  /** Null where theory has no closed form. */
  readonly predicted: number | null;
  /** Not finite where the rule diverged. */
  readonly measured: number;
  /** Whether they are equal to single precision; null without a prediction. */
  readonly agrees: boolean | null;
  /** The response after each step, to the end of the phase that is read. */
  readonly curve: readonly number[];
  /** Steps done at the end of each phase. */
  readonly ends: readonly number[];
}

export interface ConditioningOptions {
  /** Names of rules; each must be registered. */
  readonly rules: readonly string[];
  /** Names of phenomena. Default: all. */
  readonly phenomena?: readonly string[];
  /** The write strength may be left to each rule. */
  readonly setting: LabOptions;
  /** Parameters by rule name. */
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
}

const checkOptions = optionsCheck<ConditioningOptions>({
  ...labFields,
  phenomena: list<readonly string[]>().optional(),
  setting: labOptionsSchema,
});

/**
 * Largest difference that counts as agreement, relative to the larger of the prediction and the US: a memory is
 * float32 and goes through up to 200 writes, each rounded at 6e-8.
 */
export const AGREEMENT = 2e-5;

/** One reading, and the response it reads after each step of its condition, to the end of its phase. */
interface Read {
  readonly value: number;
  readonly curve: readonly number[];
  /** Steps done at the end of each phase. */
  readonly ends: readonly number[];
}

function readAll(phenomenon: Phenomenon, setting: LabSetting, drive: Drive): Record<string, Read> {
  const runs = Object.entries(phenomenon.conditions(setting)).map(([name, script]) => {
    const course = courseOf(script);
    return [name, { course, memories: drive(course) }] as const;
  });
  const byName = Object.fromEntries(runs);
  const entries = Object.entries(phenomenon.readings).map(([name, { condition, phase, since, ...read }]) => {
    const { course, memories } = lookUp(`phenomenon ${phenomenon.name}`, byName, condition);
    const curve = memories
      .slice(0, course.ends[phase])
      .map((memory) => response(course, memory, read.probe, read.outcome, read.layer));
    const at = (end: number): number => curve[(course.ends[end] ?? 0) - 1] ?? 0;
    const value = at(phase) - (since === undefined ? 0 : at(since));
    return [name, { value, curve, ends: course.ends.slice(0, phase + 1) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The responses that a drive gives in one phenomenon, by reading. */
export function measure(phenomenon: Phenomenon, setting: LabSetting, drive: Drive): Record<string, number> {
  const read = Object.entries(readAll(phenomenon, setting, drive));
  return Object.fromEntries(read.map(([name, { value }]) => [name, value]));
}

/** What theory predicts for one phenomenon of one rule; empty where it says nothing. */
export function predict(
  rule: string,
  phenomenon: string,
  setting: LabSetting,
  params: Params,
): Readonly<Record<string, number>> {
  return predictions[rule]?.conditioning?.[phenomenon]?.(setting, params) ?? {};
}

/**
 * The table rule x phenomenon: each rule's step form, driven directly, against its closed forms.
 *
 * Units: responses in units of the US. Source: docs/theory.md 4.1, level A.
 * @throws ConfigError for a rule, phenomenon or parameter that does not exist.
 */
export function runConditioning(options: ConditioningOptions): readonly ConditioningResult[] {
  checkOptions('runConditioning', options);
  const { rng } = options;
  const names = options.phenomena ?? Object.keys(phenomena);
  const chosen = names.map((name) => lookUp('phenomena', phenomena, name));
  return options.rules.flatMap((name) => {
    const rule = lookUp('rule', rules, name);
    const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
    const setting = settingFor(rule, options.setting);
    const drive = ruleDrive(rule, { params, rng: rng.derive(name) });
    return chosen.flatMap((phenomenon) => {
      const predicted = predict(name, phenomenon.name, setting, params);
      return Object.entries(readAll(phenomenon, setting, drive)).map(
        ([reading, { value: measured, curve, ends }]) => ({
          rule: name,
          phenomenon: phenomenon.name,
          reading,
          beta: setting.beta,
          measured,
          curve,
          ends,
          ...compared(measured, predicted[reading], setting),
        }),
      );
    });
  });
}

function compared(
  measured: number,
  predicted: number | undefined,
  { magnitude }: LabSetting,
): Pick<ConditioningResult, 'predicted' | 'agrees'> {
  if (predicted === undefined) return { predicted: null, agrees: null };
  const scale = Math.max(Math.abs(predicted), magnitude);
  return { predicted, agrees: Math.abs(measured - predicted) <= AGREEMENT * scale };
}
