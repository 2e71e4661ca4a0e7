import { z } from 'zod';
import { TASK_PRESETS, tasks, type TaskShape } from '../../data/index.js';
import { ConfigError, lookUp, PavlovError } from '../../src/core/errors.js';
import type { Issue } from '../../src/core/schema.js';
import { valueAt } from '../../src/core/valueAt.js';
import { list, made, optionsCheck } from '../../src/core/options.js';
import { modelIssues } from '../../src/model/config.js';
import { applyLayer, type RawConfig } from '../config/layers.js';
import {
  changeConfig,
  checkAgainst,
  mergeSettings,
  type ConfigChanges,
  type ConfigKind,
} from '../config/resolveConfig.js';
import {
  nameOfPlugIn,
  namedLayers,
  withPlugInList,
  withPlugIns,
  type PlugInLoader,
} from '../config/plugIns.js';
import { parseSetting, readConfigFile } from '../config/sources.js';
import type { TaskConfigRequest } from './contract.js';
import { openParts, taskModelConfigOf, type OpenPart, type PartKind } from './parts.js';
import { DEFAULT_TASK_PRESET, taskPresetConfig } from './presets.js';
import { type PartialTaskConfig, taskRunConfigSchema, type TaskRunConfig } from './schema.js';
import { heedSettings } from './userSettings.js';

const checkRequest = optionsCheck<TaskConfigRequest>({
  task: z.string().optional(),
  preset: z.enum(TASK_PRESETS).optional(),
  file: z.string().optional(),
  overrides: made<PartialTaskConfig>('settings').optional(),
  sets: list<readonly string[]>().optional(),
  loader: made<PlugInLoader>('a loader of plug-ins').optional(),
});

const KINDS: readonly PartKind[] = ['train', 'validation', 'test'];

/** A line such as `config.task.train[0].settings: expected ...`. */
function issueOf(line: string): Issue {
  const [, path = '', message = line] = /^config\.([^:\s]+): (.*)$/s.exec(line) ?? [];
  return { path: path === '' ? [] : path.split('.'), message };
}

/** The message of what `run` throws, or what it gives. */
function attempt<T>(run: () => T): { readonly value?: T; readonly issues: readonly Issue[] } {
  try {
    return { value: run(), issues: [] };
  } catch (error) {
    if (error instanceof PavlovError) return { issues: error.message.split('\n').map(issueOf) };
    throw error;
  }
}

const ends = ({ inputs, outputs }: TaskShape): string =>
  JSON.stringify([inputs, outputs.kind === 'classes' ? outputs.classes : outputs.kind]);

/** One model must serve all parts. */
function shapeIssues(parts: Readonly<Record<PartKind, readonly OpenPart[]>>, first: TaskShape): Issue[] {
  return KINDS.flatMap((kind) =>
    parts[kind].flatMap(({ source }, i) =>
      ends(source.shape) === ends(first)
        ? []
        : [
            {
              path: ['task', `${kind}[${i}]`, 'settings'],
              message: `expected the inputs and answers of config.task.train[0] ${ends(first)}, got ${ends(source.shape)}; give them the same vocabulary and width`,
            },
          ],
    ),
  );
}

function taskIssues(config: TaskRunConfig): readonly Issue[] {
  if (!Object.hasOwn(tasks, config.task.name)) return []; // the schema has told
  const opened = KINDS.map((kind) => [kind, attempt(() => openParts(config, kind))] as const);
  const issues = opened.flatMap(([, { issues: found }]) => found);
  if (issues.length > 0) return issues;
  // Without issues, each has its value.
  const parts = Object.fromEntries(opened.map(([kind, { value }]) => [kind, value])) as Record<
    PartKind,
    readonly OpenPart[]
  >;
  const first = parts.train[0]?.source.shape;
  if (first === undefined) return [];
  const model = modelIssues(taskModelConfigOf(config, first), 'config.model').map(issueOf);
  return [...shapeIssues(parts, first), ...model];
}

const taskConfig: ConfigKind<TaskRunConfig> = {
  schema: taskRunConfigSchema,
  budgets: ['samples', 'epochs'],
  issues: taskIssues,
};

function taskNameOf(request: TaskConfigRequest, given: RawConfig): string {
  const inside = valueAt(given, ['task', 'name']);
  const name = request.task ?? (typeof inside === 'string' ? inside : undefined);
  if (name !== undefined) return name;
  throw new ConfigError(
    `config.task.name: expected one of ${Object.keys(tasks).join(' | ')}, got nothing; name the task`,
  );
}

/**
 * The config of a training on a task: preset < file < overrides < sets. The preset comes from the task itself.
 *
 * A setting of the task that is given holds in all parts of the preset, also where the preset varies it.
 *
 * @throws ConfigError with every fault, each with its path and, for a file, line and column.
 */
export async function resolveTaskConfig(request: TaskConfigRequest): Promise<TaskRunConfig> {
  checkRequest('resolveTaskConfig', request);
  const { budgets } = taskConfig;
  const file = request.file === undefined ? undefined : await readConfigFile(request.file);
  const saved = withPlugInList(file?.config ?? {});
  const settings = (request.sets ?? []).map(parseSetting);
  const layers: readonly RawConfig[] = [saved, request.overrides ?? {}, mergeSettings(settings, budgets)];
  const { loader } = request;
  const named = await namedLayers(layers, loader, saved);
  const over = (base: RawConfig): RawConfig =>
    named.reduce((under, layer) => applyLayer(under, layer, budgets), base);
  const given = over({});
  const name = await nameOfPlugIn('task', taskNameOf(request, given), loader);
  const task = lookUp('config.task.name', tasks, name);
  const names = Object.fromEntries(TASK_PRESETS.map((name) => [name, name]));
  const preset = taskPresetConfig(task, lookUp('preset', names, request.preset ?? DEFAULT_TASK_PRESET));
  const raw = await withPlugIns(over(heedSettings(preset, given)), loader);
  return checkAgainst(taskConfig, raw, { file, settings });
}

/**
 * Checks a whole task config, such as one that was passed between processes.
 *
 * @throws ConfigError with every fault and its path.
 */
export function checkTaskConfig(raw: unknown): TaskRunConfig {
  // zod refuses what is no object.
  return checkAgainst(taskConfig, raw as RawConfig, {});
}

/**
 * A whole task config, such as the one in a checkpoint, with changes: overrides < sets.
 *
 * @throws ConfigError with every fault and its path.
 */
export function overrideTaskConfig(raw: RawConfig, changes: ConfigChanges): TaskRunConfig {
  return changeConfig(taskConfig, raw, changes);
}
