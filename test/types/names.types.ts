/*
 * What an editor knows of names: those of this project are listed, others are taken. Checked by `npm run lint`; nothing
 * here runs.
 */
import { expectTypeOf } from 'vitest';
import type { TaskName } from '../../data/index.js';
import type { ProbeName, runProbes } from '../../eval/index.js';
import type { planGrid } from '../../experiments/index.js';
import {
  ConditioningHead,
  type GateName,
  type GateParams,
  type Known,
  type MixerName,
  Model,
  type ModelOptions,
  type OptimizerName,
  type Params,
  type RuleName,
  type RuleParams,
} from '../../src/index.js';
import type { PartialConfig, PresetName, resolveConfig } from '../../train/index.js';

const sizes = { heads: 1, keySize: 2, valueSize: 2 };

/** Names: a union of literals, and any other text where it may have been registered. */
export function names(): void {
  expectTypeOf<'delta' | 'oja-unit'>().toExtend<RuleName>();
  expectTypeOf<'scalar' | 'none'>().toExtend<GateName>();
  expectTypeOf<'mqar' | 's5'>().toExtend<TaskName>();
  expectTypeOf<'lm' | 'in-context'>().toExtend<ProbeName>();
  expectTypeOf<'smoke' | 'tiny'>().toExtend<PresetName>();
  expectTypeOf<OptimizerName>().toEqualTypeOf<'adamw' | 'muon'>();
  expectTypeOf<MixerName>().toEqualTypeOf<
    'conditioning' | 'gated-associative' | 'linear' | 'local-linear' | 'softmax'
  >();
  expectTypeOf<string>().not.toExtend<RuleName | GateName | TaskName | ProbeName | PresetName>();
  expectTypeOf<string>().toExtend<Known<RuleName>>();
}

/** Where a name is given, those of this project are in its type. */
export function places(): void {
  type Request<F extends (...args: never[]) => unknown> = NonNullable<Parameters<F>[0]>;
  expectTypeOf<Extract<ModelOptions['rule'], 'delta'>>().toEqualTypeOf<'delta'>();
  expectTypeOf<Extract<ModelOptions['gate'], 'fixed'>>().toEqualTypeOf<'fixed'>();
  expectTypeOf<Request<typeof resolveConfig>['preset']>().toEqualTypeOf<Known<PresetName> | undefined>();
  expectTypeOf<Request<typeof planGrid>['task']>().toEqualTypeOf<Known<TaskName | 'stories'>>();
  expectTypeOf<Parameters<typeof runProbes>[0]>().toEqualTypeOf<readonly Known<ProbeName>[]>();
}

/** The parameters of a rule or gate go by its name. */
export function parameters(): void {
  expectTypeOf<RuleParams<'delta'>>().toEqualTypeOf<{ readonly maxBeta?: number }>();
  expectTypeOf<RuleParams<'bcm'>>().toEqualTypeOf<{
    readonly form?: 'signed' | 'rate' | 'gate';
    readonly rho?: number;
  }>();
  expectTypeOf<GateParams<'fixed'>['preset']>().toEqualTypeOf<'reaches' | 'retnet' | 'tnl' | undefined>();
  // @ts-expect-error: no parameter of the rule
  ({ maxbeta: 2 }) satisfies RuleParams<'delta'>;

  new ConditioningHead({ ...sizes, gate: 'none', rule: 'bcm', ruleParams: { form: 'rate' } });
  new ConditioningHead({ ...sizes, gate: 'none', rule: 'my-rule', ruleParams: { of: 'its own' } });
  const any: { rule: string; ruleParams: Params } = { rule: 'delta', ruleParams: {} };
  Model.create({ ...sizes, ...any, gate: 'none', width: 4, layers: 1, mlpWidth: 0, vocabularySize: 8 }, 1);
  ({ model: { rule: 'delta', ruleParams: { maxBeta: 2 } } }) satisfies PartialConfig;
  ({ model: { ruleParams: { maxBeta: 2 } } }) satisfies PartialConfig;
  // @ts-expect-error: a number
  ({ model: { width: 'wide' } }) satisfies PartialConfig;
}
