import { ConfigError, lookUp } from '../../src/core/errors.js';
import { fewLines } from '../../src/core/yaml.js';
import { checkBetweenFields } from './check.js';
import { faultsOf, pathText, type Fault } from './faults.js';
import { applyLayer, valueAt, type RawConfig } from './layers.js';
import { DEFAULT_PRESET, defaults, presets } from './presets.js';
import { withRuleFile, type RuleLoader } from './ruleFile.js';
import { runConfigSchema, type PartialConfig, type RunConfig } from './schema.js';
import { parseSetting, readConfigFile, settingConfig, type ConfigSource, type Setting } from './sources.js';

export interface ConfigRequest {
  /** Name of a preset. */
  readonly preset?: string;
  /** Settings made in code, over the preset and under the file. */
  readonly base?: PartialConfig;
  /** JSON or YAML file. */
  readonly file?: string;
  /** Settings made in code, over the file. */
  readonly overrides?: PartialConfig;
  /** `path=value`, over all else, later ones over earlier ones. */
  readonly sets?: readonly string[];
  /** Reads a rule that is given as a file. */
  readonly loadRule?: RuleLoader;
}

/**
 * The config of a run: defaults < preset < base < file < overrides < sets.
 *
 * @throws ConfigError with every fault, each with its path and, for a file, line and column.
 */
export async function resolveConfig(request: ConfigRequest = {}): Promise<RunConfig> {
  const preset = lookUp('preset', presets, request.preset ?? DEFAULT_PRESET);
  const file = request.file === undefined ? undefined : await readConfigFile(request.file);
  const settings = (request.sets ?? []).map(parseSetting);
  const layers: readonly RawConfig[] = [
    preset.config,
    request.base ?? {},
    file?.config ?? {},
    request.overrides ?? {},
    settings.reduce<RawConfig>((config, setting) => applyLayer(config, settingConfig(setting)), {}),
  ];
  const raw = layers.reduce<RawConfig>(applyLayer, defaults);
  return check(takeTexts(await withRuleFile(raw, request.loadRule), settings), file);
}

/**
 * Checks a whole config, such as the one in a checkpoint.
 *
 * @throws ConfigError with every fault and its path.
 */
export function checkConfig(raw: unknown): RunConfig {
  return check(raw as RawConfig, undefined); // zod refuses what is no object
}

/**
 * A whole config, such as the one in a checkpoint, with changes: overrides < sets.
 *
 * @throws ConfigError with every fault and its path.
 */
export function overrideConfig(
  raw: RawConfig,
  { overrides = {}, sets = [] }: Pick<ConfigRequest, 'overrides' | 'sets'>,
): RunConfig {
  const settings = sets.map(parseSetting);
  const changed = applyLayer(applyLayer(raw, overrides), mergeSettings(settings));
  return check(takeTexts(changed, settings), undefined);
}

/** All settings as one layer, later ones over earlier ones. */
function mergeSettings(settings: readonly Setting[]): RawConfig {
  return settings.reduce<RawConfig>((config, setting) => applyLayer(config, settingConfig(setting)), {});
}

function check(raw: RawConfig, file: ConfigSource | undefined): RunConfig {
  const parsed = runConfigSchema.safeParse(raw);
  if (!parsed.success) {
    throw failure(faultsOf(parsed.error.issues, raw, defaults), raw, file);
  }
  const { config, faults } = checkBetweenFields(parsed.data);
  if (faults.length > 0) throw failure(faults, raw, file);
  return config;
}

/** Where the schema wants a text and YAML read a number or the like, the text as it was typed. */
function takeTexts(raw: RawConfig, settings: readonly Setting[]): RawConfig {
  const parsed = runConfigSchema.safeParse(raw);
  if (parsed.success) return raw;
  return parsed.error.issues.reduce((config, issue) => {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') return config;
    const setting = settings.findLast(({ path }) => path.join('.') === issue.path.join('.'));
    return setting ? applyLayer(config, settingConfig({ ...setting, value: setting.text })) : config;
  }, raw);
}

function failure(faults: readonly Fault[], raw: RawConfig, file: ConfigSource | undefined): ConfigError {
  const line = ({ path, message }: Fault): string => {
    // Only where the file's value was not replaced by a later layer.
    const isFromFile = file !== undefined && Object.is(valueAt(file.config, path), valueAt(raw, path));
    return `${pathText(path)}${isFromFile ? file.locate(path) : ''}: ${message}`;
  };
  return new ConfigError(fewLines(faults, line));
}
