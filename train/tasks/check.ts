import { tasks, type TaskShape } from '../../data/index.js';
import { PavlovError } from '../../src/core/errors.js';
import { gates } from '../../src/gates/registry.js';
import { taskModelFaults } from '../../src/model/taskModelConfig.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import { rules } from '../../src/rules/registry.js';
import { taskModelConfigOf } from './modelOf.js';
import { openParts, type OpenPart, type PartKind } from './parts.js';
import type { TaskRunConfig } from './schema.js';

const KINDS: readonly PartKind[] = ['train', 'validation', 'test'];

/** The message of what `run` throws, or what it gives. */
function attempt<T>(run: () => T): { readonly value?: T; readonly faults: readonly string[] } {
  try {
    return { value: run(), faults: [] };
  } catch (error) {
    if (error instanceof PavlovError) return { faults: error.message.split('\n') };
    throw error;
  }
}

function budgetFaults({ train }: TaskRunConfig): string[] {
  const given = [train.samples, train.epochs].filter((amount) => amount !== null);
  if (given.length === 1) return [];
  return [
    `config.train: expected exactly one of samples | epochs, got ${given.length === 0 ? 'none' : 'both'}; set the other to null`,
  ];
}

function scheduleFaults({ schedule: { warmup, decay } }: TaskRunConfig): string[] {
  if (warmup + decay <= 1) return [];
  return [`config.schedule: expected warmup and decay to add up to at most 1, got ${warmup + decay}`];
}

function engineFaults({ engine }: TaskRunConfig): string[] {
  const foreign = engine.name === 'graph' ? (['backend'] as const) : (['device', 'threads'] as const);
  return foreign
    .filter((name) => engine[name] !== null)
    .map(
      (name) =>
        `config.engine.${name}: expected null with the ${engine.name} engine, got '${String(engine[name])}'; leave it out or choose the other engine`,
    );
}

const ends = ({ inputs, outputs }: TaskShape): string =>
  JSON.stringify([inputs, outputs.kind === 'classes' ? outputs.classes : outputs.kind]);

/** One model must serve all parts. */
function shapeFaults(parts: Readonly<Record<PartKind, readonly OpenPart[]>>, first: TaskShape): string[] {
  return KINDS.flatMap((kind) =>
    parts[kind].flatMap(({ source }, i) =>
      ends(source.shape) === ends(first)
        ? []
        : [
            `config.task.${kind}[${i}].settings: expected the inputs and answers of config.task.train[0] ${ends(first)}, got ${ends(source.shape)}; give them the same vocabulary and width`,
          ],
    ),
  );
}

function taskFaults(config: TaskRunConfig): string[] {
  if (!Object.hasOwn(tasks, config.task.name)) return []; // the schema has told
  const opened = KINDS.map((kind) => [kind, attempt(() => openParts(config, kind))] as const);
  const faults = opened.flatMap(([, { faults: found }]) => found);
  if (faults.length > 0) return [...new Set(faults)];
  // Without faults, each has its value.
  const parts = Object.fromEntries(opened.map(([kind, { value }]) => [kind, value])) as Record<
    PartKind,
    readonly OpenPart[]
  >;
  const first = parts.train[0]?.source.shape;
  if (first === undefined) return [];
  return [...shapeFaults(parts, first), ...taskModelFaults(taskModelConfigOf(config, first), 'config.model')];
}

/** Fills in the knobs of rule and gate, and gives all faults that lie between fields, each with its path. */
export function checkTaskFields(config: TaskRunConfig): {
  readonly config: TaskRunConfig;
  readonly faults: readonly string[];
} {
  const { model } = config;
  const knobs = (
    specs: Parameters<typeof resolveParams>[0] | undefined,
    given: Params,
  ): Record<string, number | string> => ({
    ...(attempt(() => resolveParams(specs ?? {}, given, '')).value ?? given),
  });
  const faults = [budgetFaults, scheduleFaults, engineFaults, taskFaults].flatMap((check) => check(config));
  return {
    config: {
      ...config,
      model: {
        ...model,
        ruleParams: knobs(rules[model.rule]?.params, model.ruleParams),
        gateParams: knobs(gates[model.gate]?.params, model.gateParams),
      },
    },
    faults,
  };
}
