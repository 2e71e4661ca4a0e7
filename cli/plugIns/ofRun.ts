import { loadCheckpointFacts } from '../../src/checkpoint/store.js';
import { CheckpointError, ConfigError } from '../../src/core/errors.js';
import { plugInKinds } from '../../src/core/registry.js';
import { valueAt } from '../../src/core/valueAt.js';
import { applyLayer, type RawConfig } from '../../train/config/layers.js';
import {
  namedLayers,
  namesFile,
  namesOf,
  plugInsOf,
  withPlugIns,
  type PlugInFile,
  type PlugInLoader,
} from '../../train/config/plugIns.js';
import { parseSetting, settingConfig } from '../../train/config/sources.js';
import type { PlugInFlags } from '../options.js';
import type { Output } from '../output.js';
import { kinds } from './kinds.js';
import { loadPlugIn, plugInLoader } from './load.js';

/** What a run is opened with, once the files of its own parts are read. */
interface OpenedPlugIns {
  /** Those of the config with the settings over it. */
  readonly plugIns: readonly PlugInFile[];
  /** The settings, with names for the files that they choose. */
  readonly sets: readonly string[];
}

/** Reads the files given anew for parts of the run. */
async function readGiven(config: RawConfig, flags: PlugInFlags): Promise<void> {
  const given: Readonly<Record<string, unknown>> = { ...flags };
  for (const kind of plugInKinds) {
    const { flag } = kinds[kind];
    const path = given[flag === 'feature-map' ? 'featureMap' : flag];
    if (typeof path !== 'string') continue;
    const { name } = await loadPlugIn(kind, path);
    const own = namesOf(config, kind);
    if (own.includes(name)) continue;
    throw new ConfigError(
      `--${flag}: expected a file of the run's ${kind} '${own.join("', '")}', got ${path} of the ${kind} '${name}'; leave --${flag} out or name another file`,
    );
  }
}

/** Reads a part of the run from where it was, as it was and only when it was trained with on this machine. */
async function restore(folder: string, file: PlugInFile, loader: PlugInLoader): Promise<void> {
  try {
    await loader.restore(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { kind } = file;
    throw new CheckpointError(
      `checkpoint ${folder}: ${error.message}; '--${kinds[kind].flag} <file>' takes another file for the run's ${kind}`,
      { cause: error },
    );
  }
}

/** A setting that chooses a file, with the name of what is in it. */
async function withName(setting: string, loader: PlugInLoader): Promise<string> {
  if (!namesFile(setting)) return setting;
  const parsed = parseSetting(setting);
  const [named] = await namedLayers([settingConfig(parsed)], loader);
  return `${parsed.path.join('.')}=${JSON.stringify(valueAt(named, parsed.path))}`;
}

/**
 * Makes the own parts of a run known before the run is opened: those given anew as they are now, the others from where
 * they were, unchanged and only when they were trained with on this machine.
 *
 * @param sets settings to resume it with, which may choose files too.
 * @throws CheckpointError when a file of the run is gone, has changed or is not trusted; ConfigError when one given does
 *   not hold the run's part.
 */
export async function usePlugInsOf(
  folder: string,
  flags: PlugInFlags,
  output: Pick<Output, 'note'>,
  sets: readonly string[] = [],
): Promise<OpenedPlugIns> {
  const { config } = await loadCheckpointFacts(folder);
  const loader = plugInLoader(output);
  await readGiven(config, flags);
  for (const file of plugInsOf(config)) await restore(folder, file, loader);
  const named: string[] = [];
  for (const setting of sets) named.push(await withName(setting, loader));
  const changed = named
    .map((setting) => settingConfig(parseSetting(setting)))
    .reduce<RawConfig>((under, layer) => applyLayer(under, layer, []), {
      ...config,
      plugIns: plugInsOf(config),
    });
  return { plugIns: plugInsOf(await withPlugIns(changed, loader)), sets: named };
}
