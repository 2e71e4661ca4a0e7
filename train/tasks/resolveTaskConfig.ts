import { fewLines } from '../../src/core/yaml.js';
import { tasks } from '../../data/index.js';
import { ConfigError, lookUp } from '../../src/core/errors.js';
import { faultsOf, pathText, type Fault } from '../config/faults.js';
import { applyLayer, merge, valueAt, type RawConfig } from '../config/layers.js';
import { parseSetting, readConfigFile, settingConfig, type ConfigSource } from '../config/sources.js';
import { checkTaskFields } from './check.js';
import type { TaskConfigRequest } from './contract.js';
import { DEFAULT_TASK_PRESET, TASK_PRESETS, taskPresetConfig } from './presets.js';
import { taskRunConfigSchema, type TaskRunConfig } from './schema.js';
import { heedSettings } from './userSettings.js';

const BUDGETS = ['samples', 'epochs'] as const;

/** As `applyLayer`; a layer that sets one of the budgets clears the other. */
function applyTaskLayer(under: RawConfig, layer: RawConfig): RawConfig {
  const given = BUDGETS.filter((name) => (valueAt(layer, ['train', name]) ?? null) !== null);
  const cleared = given.length === 0 ? {} : { train: { samples: null, epochs: null } };
  return applyLayer(merge(under, cleared), layer);
}

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
  const file = request.file === undefined ? undefined : await readConfigFile(request.file);
  const sets = (request.sets ?? []).map(parseSetting).map(settingConfig);
  const layers: readonly RawConfig[] = [
    file?.config ?? {},
    request.overrides ?? {},
    sets.reduce<RawConfig>(applyTaskLayer, {}),
  ];
  const given = layers.reduce<RawConfig>(applyTaskLayer, {});
  const task = lookUp('config.task.name', tasks, taskNameOf(request, given));
  const names = Object.fromEntries(TASK_PRESETS.map((name) => [name, name]));
  const preset = taskPresetConfig(task, lookUp('preset', names, request.preset ?? DEFAULT_TASK_PRESET));
  return check(layers.reduce<RawConfig>(applyTaskLayer, heedSettings(preset, given)), preset, file);
}

/**
 * Checks a whole task config, such as one that was passed between processes.
 *
 * @throws ConfigError with every fault and its path.
 */
export function checkTaskConfig(raw: unknown): TaskRunConfig {
  return check(raw as RawConfig, raw as RawConfig, undefined); // zod refuses what is no object
}

function check(raw: RawConfig, known: RawConfig, file: ConfigSource | undefined): TaskRunConfig {
  const parsed = taskRunConfigSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error.issues, raw, known);
    throw new ConfigError(fewLines(faults, (fault) => line(fault, raw, file)));
  }
  const { config, faults } = checkTaskFields(parsed.data);
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return config;
}

function line({ path, message }: Fault, raw: RawConfig, file: ConfigSource | undefined): string {
  // Only where the file's value was not replaced by a later layer.
  const isFromFile = file !== undefined && valueAt(file.config, path) === valueAt(raw, path);
  return `${pathText(path)}${isFromFile ? file.locate(path) : ''}: ${message}`;
}
