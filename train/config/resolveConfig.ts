import { z } from 'zod';
import { ConfigError, lookUp } from '../../src/core/errors.js';
import { fewLines } from '../../src/core/yaml.js';
import { hiddenKeys, type Issue, issuesOf, type Known, pathText } from '../../src/core/schema.js';
import { valueAt } from '../../src/core/valueAt.js';
import { list, made, optionsCheck } from '../../src/core/options.js';
import { checkShared } from './check.js';
import { applyLayer, type RawConfig } from './layers.js';
import { type KnownAsName, modelLike } from './knownAs.js';
import { DEFAULT_PRESET, presets, type PresetName } from './presets.js';
import { namedLayers, withPlugInList, withPlugIns, type PlugInLoader } from './plugIns.js';
import { defaults, runConfigSchema, type PartialConfig, type RunConfig } from './schema.js';
import { parseSetting, readConfigFile, settingConfig, type ConfigSource, type Setting } from './sources.js';

export interface ConfigRequest {
  /** Name of a preset. */
  readonly preset?: Known<PresetName>;
  /** Name of a published model, whose heads are taken over those of the preset. */
  readonly like?: Known<KnownAsName>;
  /** Settings made in code, over the preset and under the file. */
  readonly base?: PartialConfig;
  /** JSON or YAML file. */
  readonly file?: string;
  /** Settings made in code, over the file. */
  readonly overrides?: PartialConfig;
  /** `path=value`, over all else, later ones over earlier ones. */
  readonly sets?: readonly string[];
  /** Reads a rule, gate or the like that is given as a file. */
  readonly loader?: PlugInLoader;
}

const checkRequest = optionsCheck<ConfigRequest>({
  preset: z.string().optional(),
  like: z.string().optional(),
  base: made<PartialConfig>('settings').optional(),
  file: z.string().optional(),
  overrides: made<PartialConfig>('settings').optional(),
  sets: list<readonly string[]>().optional(),
  loader: made<PlugInLoader>('a loader of plug-ins').optional(),
});

/** What a config is checked against: that of a run on text, or on a task. */
export interface ConfigKind<C extends Parameters<typeof checkShared>[0]> {
  readonly schema: z.ZodType<C>;
  /** The fields of `train` that say how long a run is. */
  readonly budgets: readonly string[];
  /** Issues that lie between fields and are those of this kind alone. */
  readonly issues: (config: C) => readonly Issue[];
}

const textConfig: ConfigKind<RunConfig> = {
  schema: runConfigSchema,
  budgets: ['steps', 'tokens', 'minutes'],
  issues: () => [],
};

/** Where the layers of a config came from. */
export interface CheckSources {
  readonly file?: ConfigSource | undefined;
  readonly settings?: readonly Setting[];
}

/**
 * Checks a config in full.
 *
 * @throws ConfigError with every fault, each with its path and, for a file, line and column.
 */
export function checkAgainst<C extends Parameters<typeof checkShared>[0]>(
  kind: ConfigKind<C>,
  given: RawConfig,
  { file, settings = [] }: CheckSources,
): C {
  const raw = takeTexts(kind, withPlugInList(given), settings);
  const fail = (issues: readonly Issue[]): ConfigError => {
    const line = ({ path, message }: Issue): string => {
      // Only where the file's value was not replaced by a later layer.
      const isFromFile = file !== undefined && Object.is(valueAt(file.config, path), valueAt(raw, path));
      return `${pathText('config', path)}${isFromFile ? file.locate(path) : ''}: ${message}`;
    };
    // What is wrong in all parts of a task is told once.
    const different = new Map(issues.map((issue) => [pathText('config', issue.path) + issue.message, issue]));
    return new ConfigError(fewLines([...different.values()], line));
  };
  const hidden = hiddenKeys(raw);
  if (hidden.length > 0) throw fail(hidden);
  const parsed = kind.schema.safeParse(raw);
  if (!parsed.success) throw fail(issuesOf(kind.schema, parsed.error, raw));
  const { config, issues: shared } = checkShared(parsed.data, kind.budgets);
  const issues = [...shared, ...kind.issues(parsed.data)];
  if (issues.length > 0) throw fail(issues);
  return config;
}

/** Where the schema wants a text and YAML read a number or the like, the text as it was typed. */
function takeTexts<C extends Parameters<typeof checkShared>[0]>(
  { schema, budgets }: ConfigKind<C>,
  raw: RawConfig,
  settings: readonly Setting[],
): RawConfig {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return raw;
  return parsed.error.issues.reduce((config, issue) => {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') return config;
    const setting = settings.findLast(({ path }) => path.join('.') === issue.path.join('.'));
    return setting ? applyLayer(config, settingConfig({ ...setting, value: setting.text }), budgets) : config;
  }, raw);
}

/** All settings as one layer, later ones over earlier ones. */
export function mergeSettings(settings: readonly Setting[], budgets: readonly string[]): RawConfig {
  return settings.reduce<RawConfig>(
    (config, setting) => applyLayer(config, settingConfig(setting), budgets),
    {},
  );
}

/**
 * The config of a run: defaults < preset < like < base < file < overrides < sets.
 *
 * @throws ConfigError with every fault, each with its path and, for a file, line and column.
 */
export async function resolveConfig(request: ConfigRequest = {}): Promise<RunConfig> {
  checkRequest('resolveConfig', request);
  const { budgets } = textConfig;
  const preset = lookUp('preset', presets, request.preset ?? DEFAULT_PRESET);
  const file = request.file === undefined ? undefined : await readConfigFile(request.file);
  const saved = withPlugInList(file?.config ?? {});
  const settings = (request.sets ?? []).map(parseSetting);
  const layers: readonly RawConfig[] = [
    preset.config,
    request.like === undefined ? {} : { model: modelLike(request.like) },
    request.base ?? {},
    saved,
    request.overrides ?? {},
    mergeSettings(settings, budgets),
  ];
  const { loader } = request;
  const named = await namedLayers(layers, loader, saved);
  const raw = named.reduce<RawConfig>((under, layer) => applyLayer(under, layer, budgets), defaults);
  return checkAgainst(textConfig, await withPlugIns(raw, loader), { file, settings });
}

/**
 * Checks a whole config, such as the one in a checkpoint.
 *
 * @throws ConfigError with every fault and its path.
 */
export function checkConfig(raw: unknown): RunConfig {
  return checkAgainst(textConfig, raw as RawConfig, {}); // zod refuses what is no object
}

/** Settings to change in a whole config. */
export interface ConfigChanges {
  readonly overrides?: object;
  /** `path=value`, over the overrides. */
  readonly sets?: readonly string[];
}

const checkChanges = optionsCheck<ConfigChanges>({
  overrides: made<object>('settings').optional(),
  sets: list<readonly string[]>().optional(),
});

/**
 * A whole config of a kind, such as the one in a checkpoint, with changes: overrides < sets.
 *
 * @throws ConfigError with every fault and its path.
 */
export function changeConfig<C extends Parameters<typeof checkShared>[0]>(
  kind: ConfigKind<C>,
  raw: RawConfig,
  { overrides = {}, sets = [] }: ConfigChanges,
): C {
  const settings = sets.map(parseSetting);
  const { budgets } = kind;
  // The cast: an object by its type, whose fields are looked up by name.
  const changed = applyLayer(raw, overrides as RawConfig, budgets);
  const given = applyLayer(changed, mergeSettings(settings, budgets), budgets);
  return checkAgainst(kind, given, { settings });
}

/**
 * The config of a run on text with changes: overrides < sets.
 *
 * @throws ConfigError with every fault and its path.
 */
export function overrideConfig(raw: RawConfig, changes: ConfigChanges): RunConfig {
  return changeConfig(textConfig, raw, checkChanges('overrideConfig', changes));
}
