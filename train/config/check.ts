import type { Issue } from '../../src/core/schema.js';
import { valueAt } from '../../src/core/valueAt.js';
import { checkBetween, resolvedIn } from '../../src/model/config.js';
import { optimizers } from '../../src/optim/registry.js';
import type { RunConfig } from './schema.js';

/** What every config has, of a run on text or on a task. */
type SharedConfig = Pick<RunConfig, 'model' | 'optimizer' | 'schedule' | 'engine'> & {
  readonly train: object;
};

function checkBudget({ train }: SharedConfig, budgets: readonly string[]): Issue[] {
  const given = budgets.filter((name) => (valueAt(train, [name]) ?? null) !== null);
  if (given.length === 1) return [];
  const got = given.length === 0 ? 'none' : given.join(' and ');
  return [{ path: ['train'], message: `expected exactly one of ${budgets.join(' | ')}, got ${got}` }];
}

function checkSchedule({ schedule: { warmup, decay } }: SharedConfig): Issue[] {
  if (warmup + decay <= 1) return [];
  return [
    {
      path: ['schedule'],
      message: `expected warmup and decay to add up to at most 1, got ${warmup + decay}`,
    },
  ];
}

function checkEngine({ engine }: SharedConfig): Issue[] {
  const foreign = engine.name === 'graph' ? (['backend'] as const) : (['device', 'threads'] as const);
  return foreign
    .filter((name) => engine[name] !== null)
    .map((name) => ({
      path: ['engine', name],
      message: `expected null with the ${engine.name} engine, got '${String(engine[name])}'; leave it out or choose the other engine`,
    }));
}

/** Fills in the parameters of rule, gate and optimizer, and gives all issues that lie between fields of any config. */
export function checkShared<C extends SharedConfig>(
  config: C,
  budgets: readonly string[],
): { readonly config: C; readonly issues: readonly Issue[] } {
  const { config: model, issues } = checkBetween(config.model);
  const own = optimizers[config.optimizer.name]?.params ?? {};
  const optimizer = resolvedIn('params', own, config.optimizer.params);
  return {
    config: { ...config, model, optimizer: { ...config.optimizer, params: optimizer.params } },
    issues: [
      ...checkBudget(config, budgets),
      ...checkSchedule(config),
      ...checkEngine(config),
      ...issues.map(({ path, message }) => ({ path: ['model', ...path], message })),
      ...optimizer.issues.map(({ path, message }) => ({ path: ['optimizer', ...path], message })),
    ],
  };
}
