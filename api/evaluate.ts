import { z } from 'zod';
import type { Following } from '../data/index.js';
import {
  openTrainedModel,
  probes,
  runProbes,
  type Finding,
  type NamedReport,
  type ProbeName,
  type ProbeResult,
  type SentencePair,
  type TrainedModel,
} from '../eval/index.js';
import { writeProbes } from '../report/index.js';
import { lookUp } from '../src/core/errors.js';
import { callback, list, made, optionsCheck, signal } from '../src/core/options.js';
import { Rng } from '../src/core/rng.js';
import { count, type Known, natural } from '../src/core/schema.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { EngineOptions } from '../src/engine/engine.js';
import { dataToScore, type Scored } from './scored.js';

/** How probes are run on a trained model. */
export interface ProbeOptions {
  /** Text to score, as `loadCorpus` takes it: its validation stories. Default: that of the run. */
  readonly data?: string;
  /** Field or column of its files with the text. Default: that of the run. */
  readonly textColumn?: string;
  /** Validation stories at most. Default: all. */
  readonly stories?: number;
  /** Seed of every random choice. Default 1. */
  readonly seed?: number;
  /** Text for probes that look at one prompt. Default: the beginning of a validation story. */
  readonly prompt?: string;
  /** For probes that compare sentences. Default: pairs in the words of simple stories. */
  readonly pairs?: readonly SentencePair[];
  /** What runs the model. Default: the graph engine on the processor. */
  readonly engine?: EngineOptions;
  /** Ends it while the text is read, and between two probes. */
  readonly signal?: AbortSignal;
  /** Hears how far the probes are, in [0, 1]. */
  readonly onProgress?: (part: number) => void;
}

const probeFields = {
  data: z.string().optional(),
  textColumn: z.string().optional(),
  stories: count.optional(),
  seed: natural.optional(),
  prompt: z.string().optional(),
  pairs: list<readonly SentencePair[]>().optional(),
  engine: made<EngineOptions>('options of an engine').optional(),
  signal: signal.optional(),
  onProgress: callback<(part: number) => void>().optional(),
};

const checkProbe = optionsCheck<ProbeOptions>(probeFields);

/** How a trained model is evaluated. */
export interface EvaluateOptions extends ProbeOptions {
  /** Names of probes. Default: all. */
  readonly probes?: readonly Known<ProbeName>[];
  /** Folder for the report. Default: nothing is written. */
  readonly out?: string;
}

const checkEvaluate = optionsCheck<EvaluateOptions>({
  ...probeFields,
  probes: list<readonly string[]>().optional(),
  out: z.string().min(1).optional(),
});

/** What an evaluation found. */
export interface EvaluationResult {
  /** The step folder, and its step. */
  readonly checkpoint: string;
  readonly step: number;
  /** What was scored, and for people how many stories of it. */
  readonly data: string;
  readonly scored: string;
  readonly seed: number;
  /** By probe, with all that it found. */
  readonly reports: readonly NamedReport[];
  /** Every measurement, of all probes. */
  readonly results: readonly ProbeResult[];
  /** What matters most, in words. */
  readonly summary: readonly Finding[];
  /** Paths of the files written. */
  readonly files: readonly string[];
}

/** What `runOn` is told. */
interface RunOnOptions extends Pick<ProbeOptions, 'prompt' | 'pairs' | 'engine' | 'onProgress' | 'signal'> {
  readonly names: readonly string[];
  readonly seed: number;
  readonly unfit: 'throw' | 'note';
}

/** Runs probes on a model and its text, with an engine of their own. */
export async function runOn(
  { model, tokenizer, shape }: TrainedModel,
  { validation, training }: Scored,
  { names, seed, unfit, prompt, pairs, engine: chosen, onProgress, signal: ends }: RunOnOptions,
): Promise<readonly NamedReport[]> {
  const engine = await createEngine(chosen);
  const subject = {
    engine,
    model,
    tokenizer,
    shape,
    validation,
    rng: Rng.fromSeed(seed),
    ...(training && { training }),
    ...(prompt !== undefined && { prompt }),
    ...(pairs && { pairs }),
    onProgress: (part: number) => {
      ends?.throwIfAborted();
      onProgress?.(part);
    },
  };
  try {
    return await runProbes(names, subject, { unfit });
  } finally {
    await engine.dispose();
  }
}

/**
 * Evaluates a trained model on stories that it was not trained on, as `pavlov eval` does, and gives what was found.
 *
 * A probe for which the stories do not suffice is noted in its report where no probes are named.
 * @throws ConfigError for a probe that does not exist; CheckpointError for a run that is missing or damaged; DataError for text
 *   that is missing or not that of the run; the signal's reason when aborted.
 */
export async function evaluate(folder: string, options: EvaluateOptions = {}): Promise<EvaluationResult> {
  const {
    probes: named,
    out,
    seed = 1,
    data,
    textColumn,
    stories,
    ...how
  } = checkEvaluate('evaluate', options);
  const names = named ?? Object.keys(probes);
  for (const name of names) lookUp('evaluate: probes', probes, name);
  const trained = await openTrainedModel(folder);
  const following: Following = { signal: how.signal };
  const source = {
    ...(data !== undefined && { data }),
    ...(textColumn !== undefined && { textColumn }),
    ...(stories !== undefined && { stories }),
  };
  const toScore = await dataToScore(source, trained, following);
  const reports = await runOn(trained, toScore, { ...how, names, seed, unfit: named ? 'throw' : 'note' });
  trained.model.dispose();
  const { path: checkpoint, step } = trained.checkpoint;
  const facts = { checkpoint, step, data: toScore.source, scored: toScore.scored, seed };
  const summary = reports.flatMap((report) => report.summary ?? []);
  const files = out === undefined ? [] : await writeProbes(out, facts, { reports, summary });
  return { ...facts, reports, results: reports.flatMap(({ results }) => results), summary, files };
}

/**
 * Runs some probes on a trained model and gives what each found; nothing is written.
 *
 * @throws as `evaluate`; DataError where the stories do not suffice for one of them.
 */
export async function probe(
  folder: string,
  names: readonly Known<ProbeName>[],
  options: ProbeOptions = {},
): Promise<readonly NamedReport[]> {
  const { reports } = await evaluate(folder, { ...checkProbe('probe', options), probes: names });
  return reports;
}
