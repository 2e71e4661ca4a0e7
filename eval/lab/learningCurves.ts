import { setImmediate } from 'node:timers/promises';
import { lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { rules } from '../../src/rules/registry.js';
import { predict, runConditioning, type ConditioningResult } from './conditioning.js';
import type { LearningCurve, LearningCurves } from './curvesContract.js';
import type { Phenomenon } from './phenomena/contract.js';
import { phenomena } from './phenomena/registry.js';
import { courseOf } from './script.js';
import { LAB_SETTING, settingFor, type LabSetting } from './setting.js';

/** The numbers of a setting that say how long a phase is. */
const LENGTHS = ['first', 'second', 'gap'] as const;
type LengthField = (typeof LENGTHS)[number];

/** Steps of each phase of a condition. */
function lengthsOf(phenomenon: Phenomenon, condition: string, setting: LabSetting): readonly number[] {
  const scripts = phenomenon.conditions(setting);
  const { ends } = courseOf(lookUp(`phenomenon ${phenomenon.name}`, scripts, condition));
  return ends.map((end, i) => end - (ends[i - 1] ?? 0));
}

/** By phase the number that sets its length and that of no other phase; undefined where there is none. */
function lengthFields(
  phenomenon: Phenomenon,
  condition: string,
  setting: LabSetting,
): readonly (LengthField | undefined)[] {
  const base = lengthsOf(phenomenon, condition, setting);
  const moved = LENGTHS.map((field) => {
    const longer = lengthsOf(phenomenon, condition, { ...setting, [field]: setting[field] + 1 });
    return { field, phases: base.flatMap((length, i) => (longer[i] === length ? [] : [i])) };
  });
  return base.map((_, i) => moved.find(({ phases }) => phases.length === 1 && phases[0] === i)?.field);
}

/**
 * What a closed form says of a reading after each step: its value in an experiment that ends there. Null within rounds of
 * several trials, and where no number of the setting is the length of the phase alone.
 */
function theoryOf(
  phenomenon: Phenomenon,
  { rule, reading, ends }: ConditioningResult,
  setting: LabSetting,
  params: Params,
): readonly (number | null)[] {
  const steps: (number | null)[] = Array.from({ length: ends.at(-1) ?? 0 }, () => null);
  const { condition, since } = lookUp(`phenomenon ${phenomenon.name}`, phenomenon.readings, reading);
  const fields = lengthFields(phenomenon, condition, setting).slice(0, ends.length);
  if (since !== undefined) return steps;
  for (const [phase, field] of fields.entries()) {
    const later = fields.slice(phase + 1).filter((name) => name !== undefined);
    if (!field || later.length < fields.length - phase - 1) continue;
    const none = Object.fromEntries(later.map((name) => [name, 0] as const));
    for (let n = 1; n <= setting[field]; n++) {
      const shorter: LabSetting = { ...setting, ...none, [field]: n };
      const lengths = lengthsOf(phenomenon, condition, shorter).slice(0, ends.length);
      const value = predict(rule, phenomenon.name, shorter, params)[reading];
      if (value !== undefined) steps[lengths.reduce((a, b) => a + b, 0) - 1] = value;
    }
  }
  return steps;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function curveOf(result: ConditioningResult, phenomenon: Phenomenon): LearningCurve {
  const { rule, reading, measured, curve, predicted, agrees, ends } = result;
  const learning = lookUp('rule', rules, rule);
  const setting = settingFor(learning, { ...LAB_SETTING, beta: undefined });
  return {
    rule,
    phenomenon: phenomenon.name,
    reading,
    measured: curve.map(finite),
    theory: theoryOf(phenomenon, result, setting, resolveParams(learning.params, {}, `params of ${rule}`)),
    predicted,
    value: finite(measured),
    agrees,
    ends,
  };
}

/**
 * Every experiment of the lab by each rule, step by step, beside what its closed form says after each step.
 *
 * Other work gets a turn between experiments. Setting: `LAB_SETTING`, the rule's own parameters.
 * @throws ConfigError for a rule that does not exist.
 */
export async function learningCurves({
  rules: names,
  rng,
}: {
  readonly rules: readonly string[];
  readonly rng: Rng;
}): Promise<LearningCurves> {
  const curves: LearningCurve[] = [];
  for (const rule of names) {
    for (const phenomenon of Object.values(phenomena)) {
      await setImmediate();
      const setting = { ...LAB_SETTING, beta: undefined };
      const results = runConditioning({ rules: [rule], phenomena: [phenomenon.name], setting, rng });
      curves.push(...results.map((result) => curveOf(result, phenomenon)));
    }
  }
  return {
    format: 'pavlov-lab',
    version: 1,
    rules: names,
    phenomena: Object.values(phenomena).map(({ name, title, design }) => ({ name, title, design })),
    curves,
  };
}
