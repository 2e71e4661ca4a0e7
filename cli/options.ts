import type { Command } from 'commander';
import { ConfigError, suggest } from '../src/core/errors.js';
import { eagerBackends, engineNames, graphDevices, type EngineOptions } from '../src/engine/engine.js';
import { knownAs } from '../train/config/knownAs.js';
import { DEFAULT_PRESET, presets } from '../train/config/presets.js';
import type { ConfigRequest } from '../train/config/resolveConfig.js';
import type { Output } from './output.js';

/** Reads the text of an option; throws a ConfigError that names the option. */
type Read<T> = (text: string) => T;

function bounds(low: number, high: number): string {
  if (low === -Infinity && high === Infinity) return '';
  if (low === Number.MIN_VALUE) return ` above 0${high === Infinity ? '' : ` and at most ${high}`}`;
  if (high === Infinity) return ` of at least ${low}`;
  return ` between ${low} and ${high}`;
}

/** A whole number within inclusive bounds; underscores may group digits. */
export function wholeNumber(option: string, low = 0, high = Infinity): Read<number> {
  return (text) => {
    const value = /^[+-]?\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new ConfigError(`${option}: expected a whole number${bounds(low, high)}, got '${text}'`);
  };
}

/** A finite number within inclusive bounds. */
export function finiteNumber(option: string, low = -Infinity, high = Infinity): Read<number> {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isFinite(value) && value >= low && value <= high) return value;
    throw new ConfigError(`${option}: expected a number${bounds(low, high)}, got '${text}'`);
  };
}

/** A number above 0 and at most 1. */
export function positiveShare(option: string): Read<number> {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (value > 0 && value <= 1) return value;
    throw new ConfigError(`${option}: expected a number above 0 and at most 1, got '${text}'`);
  };
}

/** Comma-separated names, without blanks, each once; at least one. */
export function nameList(option: string): Read<readonly string[]> {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.some((name) => name === '')) {
      throw new ConfigError(`${option}: expected comma-separated names, got '${text}'`);
    }
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice === undefined) return names;
    throw new ConfigError(`${option}: expected each once, got '${twice}' twice; leave one out`);
  };
}

/** Collects an option that may be repeated. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Flags that choose what runs a trained model. */
export interface EngineFlags {
  readonly engine?: string;
  readonly device?: string;
  readonly backend?: string;
}

/** Adds them to a verb. */
export function addEngineFlags(command: Command): Command {
  return command
    .option('--engine <name>', 'graph (traced, fast) or eager (op by op)')
    .option('--device <name>', `device of the graph engine: ${graphDevices.join(', ')}`)
    .option('--backend <name>', `backend of the eager engine: ${eagerBackends.join(', ')}`);
}

/**
 * The engine they choose.
 *
 * @throws ConfigError for an unknown engine; devices and backends are checked where they are started.
 */
export function engineOptions({ engine, device, backend }: EngineFlags): EngineOptions {
  const name = engineNames.find((known) => known === engine);
  if (engine !== undefined && name === undefined) {
    throw new ConfigError(
      `--engine: expected one of ${engineNames.join(' | ')}, got '${engine}'${suggest(engine, engineNames)}`,
    );
  }
  return {
    ...(name === undefined ? {} : { engine: name }),
    ...(device === undefined ? {} : { device }),
    ...(backend === undefined ? {} : { backend }),
  };
}

/** Flags that say how tokens are drawn. */
export interface SamplingFlags {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
}

/** Adds them to a verb. */
export function addSamplingFlags(command: Command): Command {
  return command
    .option(
      '--temperature <t>',
      'sampling temperature; 0 means greedy decoding',
      finiteNumber('--temperature', 0),
      0.8,
    )
    .option('--top-k <k>', 'sample from the k most likely tokens; 0 means all', wholeNumber('--top-k'), 0)
    .option(
      '--top-p <p>',
      'nucleus sampling: smallest set of tokens with total probability p',
      positiveShare('--top-p'),
      0.95,
    )
    .option(
      '--min-p <share>',
      'drop tokens below this share of the probability of the likeliest one',
      finiteNumber('--min-p', 0, 1),
      0,
    )
    .option(
      '--repetition-penalty <x>',
      'make tokens that were read or generated less likely; 1 means not at all',
      finiteNumber('--repetition-penalty', 0.01),
      1,
    )
    .option('--seed <n>', 'random seed; the same seed gives the same text', wholeNumber('--seed'), 1);
}

/** Flags that make the config of a run. Names are checked where the config is. */
export interface RunFlags extends EngineFlags {
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly data?: string;
  readonly textColumn?: string;
  readonly rule?: string | undefined;
  readonly gate?: string | undefined;
  readonly like?: string;
  readonly steps?: number;
  readonly tokens?: number;
  readonly minutes?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly onNonfinite?: string;
}

function presetHelp(): string {
  const width = Math.max(...Object.keys(presets).map((name) => name.length));
  const lines = Object.entries(presets).map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`);
  return `\nPresets:\n${lines.join('\n')}\n\n'pavlov config --schema' describes every setting.`;
}

const SOURCES = "a prepared set, a folder, a .txt, .jsonl or .parquet file, or 'toy'";

/** The flag that names the column of the text. */
export const TEXT_COLUMN = [
  '--text-column <name>',
  'field or column of .jsonl and .parquet files with the text',
] as const;

/** The flag of verbs that refuse what memory does not suffice for. */
export const FORCE = ['--force', 'try a run that does not seem to fit into memory'] as const;

function addSet(command: Command): Command {
  return command.option('--set <path=value>', 'override one setting; repeatable', repeated);
}

/** Adds the flags that may change when a run is resumed. */
export function addResumeFlags(command: Command): Command {
  addSet(command)
    .option('--data <source>', SOURCES)
    .option(...TEXT_COLUMN)
    .option('--steps <n>', 'total number of training steps', wholeNumber('--steps', 1))
    .option('--tokens <n>', 'total number of training tokens', wholeNumber('--tokens', 1))
    .option('--minutes <m>', 'total training time in minutes', finiteNumber('--minutes'))
    .option('--on-nonfinite <what>', 'on a non-finite loss: stop, or skip the update');
  return addEngineFlags(command);
}

function addStart(command: Command): Command {
  return command
    .option('--preset <name>', `preset to start from (default: ${DEFAULT_PRESET})`)
    .option('--config <file>', 'JSON or YAML config file; its settings override the preset');
}

function addModel(command: Command): Command {
  return command
    .option('--rule <name>', 'learning rule of the heads, or the file of your own rule')
    .option('--gate <name>', 'decay gate of the heads, or the file of your own gate')
    .option('--like <name>', `heads of a published model: ${Object.keys(knownAs).join(', ')}`)
    .option('--seed <n>', 'random seed for parameters, data order and samples', wholeNumber('--seed'))
    .addHelpText('after', presetHelp());
}

/** Adds the flags that make a model and choose its engine, without data and budget. */
export function addModelFlags(command: Command): Command {
  return addModel(addEngineFlags(addSet(addStart(command))));
}

/** Adds all flags of a run config to a verb. */
export function addRunFlags(command: Command): Command {
  return addModel(addResumeFlags(addStart(command))).option(
    '--out <folder>',
    'run folder (default: new, in checkpoints/)',
  );
}

/** Files of a run's own parts, given anew. */
export interface PlugInFlags {
  readonly rule?: string;
  readonly gate?: string;
  readonly mixer?: string;
  readonly featureMap?: string;
  readonly optimizer?: string;
  readonly task?: string;
}

/** Adds the flags of verbs that take a run whose parts may come from files. */
export function addPlugInFlags(command: Command): Command {
  command.option(
    '--rule <file>',
    "path to the run's own rule file, whose code then runs (default: its old path, if it was trained with on this machine)",
  );
  for (const kind of ['gate', 'mixer', 'feature-map', 'optimizer', 'task']) {
    command.option(`--${kind} <file>`, `the same for its own ${kind.replace('-', ' ')}`);
  }
  return command;
}

/** A group of settings without those that were not given; nothing when none was. */
function group(settings: Readonly<Record<string, unknown>>): object | undefined {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** The config request of these flags: they override the file, and `--set` overrides them. */
export async function configRequest(flags: RunFlags, output: Pick<Output, 'note'>): Promise<ConfigRequest> {
  const { plugInLoader } = await import('./plugIns/load.js');
  const { preset, config, set, data, textColumn, rule, gate, like, steps, tokens, minutes, seed, out } =
    flags;
  const overrides = group({
    data: group({ source: data, textColumn }),
    model: group({ rule, gate }),
    train: group({ steps, tokens, minutes, onNonFinite: flags.onNonfinite }),
    engine: group({ name: flags.engine, device: flags.device, backend: flags.backend }),
    seed,
    out,
  });
  return {
    ...(preset === undefined ? {} : { preset }),
    ...(like === undefined ? {} : { like }),
    ...(config === undefined ? {} : { file: config }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(set === undefined ? {} : { sets: set }),
    loader: plugInLoader(output),
  };
}
