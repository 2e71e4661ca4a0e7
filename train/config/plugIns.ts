import { ConfigError } from '../../src/core/errors.js';
import { plugInKinds, type PlugInKind } from '../../src/core/registry.js';
import { valueAt } from '../../src/core/valueAt.js';
import { merge, nest, type RawConfig } from './layers.js';
import { isObject } from '../../src/core/isObject.js';
import { parseSetting } from './sources.js';

/** A plug-in that came from a file: a rule, gate or the like that is none of this project. */
export interface PlugInFile {
  readonly kind: PlugInKind;
  readonly name: string;
  /** As it was given: from the working folder, or absolute. */
  readonly path: string;
  /** Of its content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** Reads plug-ins from files and registers them. Loading code is for the caller of this room. */
export interface PlugInLoader {
  /**
   * The plug-in of a file. One that only a config file names (`isSaved`) may be somebody else's, and may be refused.
   *
   * @throws ConfigError when there is no such file, it holds none of the kind, or it is refused.
   */
  load(kind: PlugInKind, path: string, isSaved: boolean): Promise<PlugInFile>;
  /**
   * The plug-in that a config was saved with.
   *
   * @throws ConfigError when its file is gone, has another content or is refused.
   */
  restore(file: PlugInFile): Promise<PlugInFile>;
  /** Where a registered plug-in came from; undefined for one of this project, or that code registered. */
  origin(kind: PlugInKind, name: string): PlugInFile | undefined;
}

/** Where a config names a part by its name or its file. */
const CHOICES: readonly (readonly [PlugInKind, ...string[]])[] = [
  ['rule', 'model', 'rule'],
  ['gate', 'model', 'gate'],
  ['mixer', 'model', 'mixer'],
  ['feature map', 'model', 'featureMap'],
  ['optimizer', 'optimizer', 'name'],
  ['task', 'task', 'name'],
];

/** Whether a part is given as a file: names have neither a slash nor an ending. */
export function isPlugInPath(given: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(given);
}

const textsIn = (value: unknown): string[] =>
  [value].flat().filter((each): each is string => typeof each === 'string');

/** The names of a kind that a config has chosen. */
export function namesOf(config: RawConfig, kind: PlugInKind): readonly string[] {
  return CHOICES.flatMap(([choice, ...path]) => (choice === kind ? textsIn(valueAt(config, path)) : []));
}

/**
 * The name of a part that is given by its name or its file.
 *
 * @throws ConfigError when the file does not hold such a part, or nothing can load it.
 */
export async function nameOfPlugIn(
  kind: PlugInKind,
  given: string,
  loader: PlugInLoader | undefined,
  { where = kind, isSaved = false }: { readonly where?: string; readonly isSaved?: boolean } = {},
): Promise<string> {
  if (!isPlugInPath(given)) return given;
  if (loader) return (await loader.load(kind, given, isSaved)).name;
  throw new ConfigError(
    `${where}: expected the name of a registered ${kind}, got '${given}'; import that file, register what is in it, and give its name`,
  );
}

/**
 * Layers of a config in which parts are known by their names: in the layer that decides on a part, its file becomes
 * the name of what is in it.
 *
 * @param saved the layer that was read from a config file.
 * @throws ConfigError when a file does not hold what is asked for, or nothing can load it.
 */
export async function namedLayers(
  layers: readonly RawConfig[],
  loader: PlugInLoader | undefined,
  saved?: RawConfig,
): Promise<readonly RawConfig[]> {
  const named = [...layers];
  for (const [kind, ...path] of CHOICES) {
    const deciding = layers.findLastIndex((layer) => valueAt(layer, path) !== undefined);
    const given = valueAt(layers[deciding], path);
    if (!textsIn(given).some(isPlugInPath)) continue;
    const where = { where: `config.${path.join('.')}`, isSaved: layers[deciding] === saved };
    const nameOf = async (one: unknown): Promise<unknown> =>
      typeof one === 'string' ? nameOfPlugIn(kind, one, loader, where) : one;
    const names = Array.isArray(given) ? await Promise.all(given.map(nameOf)) : await nameOf(given);
    named[deciding] = merge(named[deciding] ?? {}, nest(path, names));
  }
  return named;
}

/** Whether a `path=value` setting chooses a part by its file. */
export function namesFile(setting: string): boolean {
  const { path, value } = parseSetting(setting);
  const isChoice = CHOICES.some(([, ...names]) => names.join('.') === path.join('.'));
  return isChoice && textsIn(value).some(isPlugInPath);
}

const isPlugInFile = (value: unknown): value is PlugInFile =>
  isObject(value) &&
  plugInKinds.some((kind) => kind === value.kind) &&
  ['name', 'path', 'sha256'].every((field) => typeof value[field] === 'string');

/** The plug-ins a config says it was made with. What is no such entry is a fault that the schema reports. */
export function plugInsOf(config: RawConfig): readonly PlugInFile[] {
  const { plugIns } = withPlugInList(config);
  return Array.isArray(plugIns) ? plugIns.filter(isPlugInFile) : [];
}

/** A saved config in the form of today: the file of its rule, which may stand apart, among its plug-ins. */
export function withPlugInList(config: RawConfig): RawConfig {
  // What is no object is a fault that the schema reports.
  const { ruleFile, ...others } = isObject(config) ? config : {};
  if (!isObject(ruleFile) || !isObject(config.model)) return config;
  return { ...others, plugIns: [{ kind: 'rule', name: config.model.rule, ...ruleFile }] };
}

/**
 * A config that lists the plug-ins it has chosen, with their files: those that were loaded, and those it was saved
 * with, which are loaded again.
 *
 * @throws ConfigError when a file is gone, or does not hold what the config says.
 */
export async function withPlugIns(raw: RawConfig, loader: PlugInLoader | undefined): Promise<RawConfig> {
  const { plugIns: listed, ...config } = raw;
  const saved = plugInsOf(raw);
  // What is not a list of plug-ins is a fault that the schema reports.
  if (listed !== undefined && !(Array.isArray(listed) && saved.length === listed.length)) return raw;
  const files: PlugInFile[] = [];
  for (const [kind] of CHOICES) {
    for (const name of new Set(namesOf(config, kind))) {
      const before = saved.find((file) => file.kind === kind && file.name === name);
      const file = before ? ((await loader?.restore(before)) ?? before) : loader?.origin(kind, name);
      if (file) files.push(file);
    }
  }
  return files.length === 0 ? config : { ...config, plugIns: files };
}
