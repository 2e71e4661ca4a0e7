import { z } from 'zod';
import {
  fineTuneConfig,
  resolveConfig,
  trainRun,
  type KnownAsName,
  type PartialConfig,
  type PresetName,
  type RunOptions,
  type RunSummary,
  type TrainEvent,
} from '../train/index.js';
import type { Progress } from '../data/index.js';
import { ConfigError } from '../src/core/errors.js';
import { callback, list, made, optionsCheck, signal } from '../src/core/options.js';
import { count, type Known } from '../src/core/schema.js';

/** What is trained, and who follows it. */
export interface TrainOptions extends Omit<RunOptions, 'clock' | 'spare' | 'saveSpacingMs'> {
  /** Name of a preset. Default: `tiny`. */
  readonly preset?: Known<PresetName>;
  /** Name of a published model, whose heads are taken over those of the preset. */
  readonly like?: Known<KnownAsName>;
  /** JSON or YAML file of settings, over the preset. */
  readonly file?: string;
  /** Settings, over the file: `{ model: { rule: 'oja' }, data: { source: 'my.txt' }, out: 'runs/oja' }`. */
  readonly settings?: PartialConfig;
  /** `path=value`, over all else. */
  readonly sets?: readonly string[];
  /** A run or checkpoint to be fine-tuned: its weights and tokenizer are begun with, and its settings in the place of a preset. */
  readonly from?: string;
}

const check = optionsCheck<TrainOptions>({
  preset: z.string().optional(),
  like: z.string().optional(),
  file: z.string().optional(),
  settings: made<PartialConfig>('settings').optional(),
  sets: list<readonly string[]>().optional(),
  from: z.string().optional(),
  signal: signal.optional(),
  stopAfter: count.optional(),
  onEvent: callback<(event: TrainEvent) => void>().optional(),
  force: z.boolean().optional(),
  onProgress: callback<(progress: Progress) => void>().optional(),
});

/**
 * Trains a language model, or fine-tunes one, as `pavlov train` does, into a run folder, and gives what it came to.
 *
 * When the signal is aborted, the run saves after the update under way and ends as `interrupted`; `resumeRun` goes on with it.
 * @throws ConfigError with every setting that is wrong; else as `trainRun`.
 */
export async function train(options: TrainOptions = {}): Promise<RunSummary> {
  const { preset, like, file, settings, sets, from, ...run } = check('train', options);
  const changes = { ...(settings && { overrides: settings }), ...(sets && { sets }) };
  if (from === undefined) {
    const base = { ...(preset && { preset }), ...(like && { like }), ...(file && { file }) };
    return trainRun({ ...run, config: await resolveConfig({ ...base, ...changes }) });
  }
  const surplus = Object.entries({ preset, like, file }).find(([, value]) => value !== undefined);
  if (surplus) {
    throw new ConfigError(
      `train.${surplus[0]}: a run with 'from' has the settings of the checkpoint, got '${surplus[1]}' too; leave it out and use settings`,
    );
  }
  return trainRun({ ...run, config: await fineTuneConfig({ from, ...changes }) });
}
