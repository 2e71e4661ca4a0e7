import { loadCheckpoint, loadCheckpointFacts, type Checkpoint } from '../src/checkpoint/store.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';
import { list, made, optionsCheck } from '../src/core/options.js';
import { z } from 'zod';
import { overrideConfig } from './config/resolveConfig.js';
import type { PartialConfig, RunConfig } from './config/schema.js';

/** What a run is fine-tuned from, and what differs. */
export interface FineTuneRequest {
  /** A run folder, of which the newest checkpoint is taken, or one of its step folders. */
  readonly from: string;
  /** Settings to change; not those of model and tokenizer. */
  readonly overrides?: PartialConfig;
  /** The same as `path=value`, over the overrides. */
  readonly sets?: readonly string[];
}

const checkRequest = optionsCheck<FineTuneRequest>({
  from: z.string().min(1),
  overrides: made<PartialConfig>('settings').optional(),
  sets: list<readonly string[]>().optional(),
});

/** The parts of a config that belong to the weights. */
const OF_THE_WEIGHTS = ['model', 'tokenizer'] as const;

function refuseOther(config: RunConfig, own: RunConfig, from: string): void {
  for (const part of OF_THE_WEIGHTS) {
    const [expected, got] = [JSON.stringify(own[part]), JSON.stringify(config[part])];
    if (got === expected) continue;
    throw new ConfigError(
      `config.${part}: expected that of the checkpoint to be fine-tuned (${expected}), got ${got}; its weights fit no other, ` +
        `so leave it out, or train a new run without --from ${from}`,
    );
  }
}

/**
 * The config of a new run that begins with the weights and the tokenizer of a checkpoint: that of the checkpoint < overrides
 * < sets. The budget, schedule, optimizer and seed are those of the checkpoint's run unless they are changed; the moments of
 * its optimizer, its position in the text and its log are left behind.
 *
 * @throws CheckpointError when the checkpoint is missing, damaged, or of a training on a task; ConfigError for settings that
 *   are wrong, and for another model or tokenizer.
 */
export async function fineTuneConfig(request: FineTuneRequest): Promise<RunConfig> {
  const { from, overrides, sets } = checkRequest('fineTuneConfig', request);
  const { config: saved, path, step, files } = await loadCheckpointFacts(from);
  if ('task' in saved) {
    throw new CheckpointError(
      `checkpoint ${path}: expected a run on text, got a training on a task; fine-tuning takes runs on text only`,
    );
  }
  const fresh = Object.fromEntries(Object.entries(saved).filter(([name]) => name !== 'from'));
  const own = overrideConfig(fresh, { overrides: { out: null } });
  const config = overrideConfig(fresh, {
    overrides: { ...overrides, out: overrides?.out ?? null },
    ...(sets && { sets }),
  });
  refuseOther(config, own, from);
  return { ...config, from: { checkpoint: path, step, weights: files['weights.safetensors']?.sha256 ?? '' } };
}

/**
 * The checkpoint that a new run begins with.
 *
 * @throws CheckpointError when it is gone or has other weights than when the run was configured.
 */
export async function loadOrigin({
  checkpoint,
  step,
  weights,
}: NonNullable<RunConfig['from']>): Promise<Checkpoint> {
  const { files } = await loadCheckpointFacts(checkpoint);
  if (files['weights.safetensors']?.sha256 === weights) return loadCheckpoint(checkpoint);
  throw new CheckpointError(
    `checkpoint ${checkpoint}: expected the weights of step ${step} that the run was to begin with, got others; name it again with --from`,
  );
}
