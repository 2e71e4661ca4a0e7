import { gates } from '../../src/gates/registry.js';
import { PavlovError } from '../../src/core/errors.js';
import { headOptionFaults } from '../../src/layers/functions/headOptions.js';
import type { Params, ParamSpec } from '../../src/rules/contract.js';
import { resolveParams } from '../../src/core/params.js';
import { rules } from '../../src/rules/registry.js';
import type { Fault } from './faults.js';
import { valueAt } from './layers.js';
import type { RunConfig } from './schema.js';

/** What every config has, of a run on text or on a task. */
type SharedConfig = Pick<RunConfig, 'model' | 'schedule' | 'engine'> & { readonly train: object };

function checkBudget({ train }: SharedConfig, budgets: readonly string[]): Fault[] {
  const given = budgets.filter((name) => (valueAt(train, [name]) ?? null) !== null);
  if (given.length === 1) return [];
  const got = given.length === 0 ? 'none' : given.join(' and ');
  return [{ path: ['train'], message: `expected exactly one of ${budgets.join(' | ')}, got ${got}` }];
}

function checkSchedule({ schedule: { warmup, decay } }: SharedConfig): Fault[] {
  if (warmup + decay <= 1) return [];
  return [
    {
      path: ['schedule'],
      message: `expected warmup and decay to add up to at most 1, got ${warmup + decay}`,
    },
  ];
}

function checkHeads({ model: { head, layers } }: RunConfig): Fault[] {
  if (typeof head === 'string' || head.length === layers) return [];
  return [{ path: ['model', 'head'], message: `expected one kind a block (${layers}), got ${head.length}` }];
}

function checkHeadOptions({ model }: RunConfig): Fault[] {
  const rule = rules[model.rule];
  if (!rule) return [];
  const faults = headOptionFaults(model, model.heads, rule);
  return faults.map(({ field, message }) => ({ path: ['model', field], message }));
}

function checkEngine({ engine }: SharedConfig): Fault[] {
  const foreign = engine.name === 'graph' ? (['backend'] as const) : (['device', 'threads'] as const);
  return foreign
    .filter((name) => engine[name] !== null)
    .map((name) => ({
      path: ['engine', name],
      message: `expected null with the ${engine.name} engine, got '${String(engine[name])}'; leave it out or choose the other engine`,
    }));
}

/** The parameters of one choice, with the defaults filled in, or what is wrong with them. */
function resolveKnobs(
  specs: Readonly<Record<string, ParamSpec>>,
  given: Params,
  field: 'ruleParams' | 'gateParams',
): { readonly params: Params; readonly faults: Fault[] } {
  try {
    return { params: resolveParams(specs, given, ''), faults: [] };
  } catch (error) {
    if (!(error instanceof PavlovError)) throw error;
    const [, knob = '', message = error.message] = /^(?:\.(\w+))?: (.*)$/s.exec(error.message) ?? [];
    return { params: given, faults: [{ path: ['model', field, ...(knob ? [knob] : [])], message }] };
  }
}

/** Fills in the parameters of rule and gate, and gives all faults that lie between fields of any config. */
export function checkShared<C extends SharedConfig>(
  config: C,
  budgets: readonly string[],
): { readonly config: C; readonly faults: readonly Fault[] } {
  const { model } = config;
  const rule = resolveKnobs(rules[model.rule]?.params ?? {}, model.ruleParams, 'ruleParams');
  const gate = resolveKnobs(gates[model.gate]?.params ?? {}, model.gateParams, 'gateParams');
  return {
    config: {
      ...config,
      model: { ...model, ruleParams: { ...rule.params }, gateParams: { ...gate.params } },
    },
    faults: [
      ...checkBudget(config, budgets),
      ...checkSchedule(config),
      ...checkEngine(config),
      ...rule.faults,
      ...gate.faults,
    ],
  };
}

/** The faults of a run on text that lie between fields, and are none of any config. */
export function textFaults(config: RunConfig): readonly Fault[] {
  return [...checkHeads(config), ...checkHeadOptions(config)];
}
