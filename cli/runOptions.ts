import type { Command } from 'commander';
import { DEFAULT_PRESET, presets } from '../train/config/presets.js';
import type { ConfigRequest } from '../train/config/resolveConfig.js';
import { addEngineFlags, type EngineFlags } from './engineOptions.js';
import type { Output } from './output.js';
import { finiteNumber, repeated, wholeNumber } from './optionValues.js';

/** Flags that make the config of a run. Names are checked where the config is. */
export interface RunFlags extends EngineFlags {
  readonly preset?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly data?: string;
  readonly textColumn?: string;
  readonly rule?: string;
  readonly gate?: string;
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
  return `\nPresets:\n${lines.join('\n')}\n\nEvery setting has a line in 'pavlov config --schema'.`;
}

const SOURCES = "a prepared set, a folder, a .txt, .jsonl or .parquet file, or 'toy'";

/** The flag that names the column of the text. */
export const TEXT_COLUMN = [
  '--text-column <name>',
  'field or column of .jsonl and .parquet files with the text',
] as const;

function addSet(command: Command): Command {
  return command.option('--set <path=value>', 'one setting, over all else; may be given again', repeated);
}

/** Adds the flags that may change in the course of a run. */
export function addResumeFlags(command: Command): Command {
  addSet(command)
    .option('--data <source>', SOURCES)
    .option(...TEXT_COLUMN)
    .option('--steps <n>', 'train for so many updates in all', wholeNumber('--steps', 1))
    .option('--tokens <n>', 'train for so many tokens in all', wholeNumber('--tokens', 1))
    .option('--minutes <m>', 'train for so long in all', finiteNumber('--minutes'))
    .option('--on-nonfinite <what>', 'when a loss is not finite: stop, or skip the update');
  return addEngineFlags(command);
}

function addStart(command: Command): Command {
  return command
    .option('--preset <name>', `settings to begin with (default: ${DEFAULT_PRESET})`)
    .option('--config <file>', 'JSON or YAML file of settings, over the preset');
}

function addModel(command: Command): Command {
  return command
    .option('--rule <name>', 'learning rule of the heads, or a file with one of your own')
    .option('--gate <name>', 'decay gate of the heads')
    .option('--seed <n>', 'seed of weights, order of stories and samples', wholeNumber('--seed'))
    .addHelpText('after', presetHelp());
}

/** Adds the flags that make a model and what runs it, without data and length of a run. */
export function addModelFlags(command: Command): Command {
  return addModel(addEngineFlags(addSet(addStart(command))));
}

/** Adds all flags of a run config to a verb. */
export function addRunFlags(command: Command): Command {
  return addModel(addResumeFlags(addStart(command))).option(
    '--out <folder>',
    'run folder (default: a new one in checkpoints/)',
  );
}

/** Adds the flag of verbs that take a run whose rule may be of a file. */
export function addRuleFileFlag(command: Command): Command {
  return command.option(
    '--rule <file>',
    "the file of the run's own rule, whose code then runs (default: where it was, if trained with on this machine)",
  );
}

/** A group of settings without those that were not given; nothing when none was. */
function group(settings: Readonly<Record<string, unknown>>): object | undefined {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** The request for a config that these flags make: they stand over the file and under `--set`. */
export function configRequest(flags: RunFlags, output: Pick<Output, 'note'>): ConfigRequest {
  const { preset, config, set, data, textColumn, rule, gate, steps, tokens, minutes, seed, out } = flags;
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
    ...(config === undefined ? {} : { file: config }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(set === undefined ? {} : { sets: set }),
    loadRule: async (path, sha256) => {
      const { loadRule, savedRuleLoader } = await import('./ruleFile.js');
      // A hash stands in a config that was saved with a run, perhaps by somebody else.
      return sha256 === undefined ? loadRule(path) : savedRuleLoader(output)(path, sha256);
    },
  };
}
