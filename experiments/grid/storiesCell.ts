import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenizerFromJson, type TokenSet } from '../../data/index.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { listCheckpoints, loadCheckpoint } from '../../src/checkpoint/store.js';
import { ConfigError } from '../../src/core/errors.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { Decoder } from '../../src/model/decoder.js';
import { LanguageModel } from '../../src/model/languageModel.js';
import type { Clock } from '../../train/clock.js';
import { checkConfig } from '../../train/config/resolveConfig.js';
import type { RunConfig } from '../../train/config/schema.js';
import type { TrainEvent } from '../../train/events.js';
import { engineOptionsOf } from '../../train/engineOptions.js';
import { METRICS_FILE } from '../../train/logs/metrics.js';
import { tokensPerUpdate } from '../../train/progress.js';
import { resumeRun, trainRun, type RunSummary } from '../../train/run.js';
import { modelConfigOf, prepareData } from '../../train/session.js';
import { assignTensors } from '../../train/tensors.js';
import { createValidator } from '../../train/validate.js';
import type { CellContext, CellKind, CurvePoint, TestedCell, TrainedCell } from './contract.js';
import { withThreads } from './withThreads.js';

const METRIC = { metric: 'bits-per-byte', unit: 'bits/byte', best: 'low' } as const;

/**
 * Stories that choose and stories that test must not be the same: the run validates at intervals on the first
 * `train.evalStories` validation stories, and the test is the rest of them.
 */
function checkSplit({ train }: RunConfig): void {
  if (train.evalEvery !== null && train.evalStories !== null) return;
  const missing = train.evalEvery === null ? 'evalEvery' : 'evalStories';
  throw new ConfigError(
    `config.train.${missing}: expected a number, got null; a learning rate is chosen on the first evalStories stories and tested on the rest`,
  );
}

function noteOf(event: TrainEvent): string | undefined {
  if (event.type === 'validation')
    return `step ${event.step}: ${event.bitsPerByte.toFixed(4)} bits/byte on ${event.stories} stories`;
  if (event.type === 'checkpoint') return `checkpoint ${event.path}`;
  return undefined;
}

function progressOf(context: CellContext): (event: TrainEvent) => void {
  let part = 0;
  return (event) => {
    if (event.type === 'step') part = event.progress;
    const note = noteOf(event);
    context.onProgress({ part, ...(note === undefined ? {} : { note }) });
  };
}

/** Trains from the start, or from the newest checkpoint of the folder; nothing when stopped before the end. */
async function trainOrResume(
  config: RunConfig,
  folder: string,
  context: CellContext,
): Promise<RunSummary | undefined> {
  const { clock, signal } = context;
  const options = { clock, signal, onEvent: progressOf(context) };
  const set = withThreads(config, context.threads);
  const isNew = (await listCheckpoints(folder)).length === 0;
  try {
    const summary = isNew
      ? await trainRun({ config: { ...set, out: folder }, ...options })
      : await resumeRun({ folder, overrides: { engine: set.engine }, ...options });
    return summary.type === 'interrupted' ? undefined : summary;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Validations on the stories that choose, from the log of the run, which survives its interruptions. */
async function curveOf(folder: string, config: RunConfig): Promise<CurvePoint[]> {
  const text = await readFile(join(folder, METRICS_FILE), 'utf8');
  const perStep = tokensPerUpdate(config);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      // The cast: lines of our own run's log.
      const event = JSON.parse(line) as TrainEvent;
      if (event.type !== 'validation' || event.final) return [];
      return [{ step: event.step, tokens: event.step * perStep, validation: event.bitsPerByte }];
    });
}

async function train(raw: JsonObject, context: CellContext): Promise<TrainedCell | undefined> {
  const config = checkConfig(raw);
  checkSplit(config);
  const folder = join(context.folder, 'run');
  const start = context.clock();
  const summary = await trainOrResume(config, folder, context);
  if (summary === undefined) return undefined;
  const curve = await curveOf(folder, config);
  const last = curve.at(-1);
  if (last?.step !== summary.step) {
    throw new ConfigError(
      `config.train.evalStories: expected fewer than the ${config.data.source} validation stories, got ${config.train.evalStories ?? 'null'}; the rest is the test`,
    );
  }
  return {
    ...METRIC,
    validation: last.validation,
    curve,
    steps: summary.step,
    tokens: summary.tokens,
    seconds: (context.clock() - start) / 1000,
    tokensPerSecond: summary.tokensPerSecond,
    parameters: summary.parameters,
  };
}

/** A set without its first stories. */
function dropStories(set: TokenSet, count: number): TokenSet {
  const base = set.starts[count] ?? 0;
  const storyBytes = set.storyBytes.subarray(count);
  return {
    ...set,
    tokens: set.tokens.subarray(base),
    starts: set.starts.slice(count).map((start) => start - base),
    storyBytes,
    bytes: storyBytes.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Tokens read before and while decoding is timed. */
const DECODED = { before: 8, timed: 64 };

/** Milliseconds to read one token of one sequence. */
async function timeDecoding(engine: Engine, model: LanguageModel, clock: Clock): Promise<number> {
  const decoder = Decoder.create(engine, model, 1);
  let start = 0;
  for (let i = -DECODED.before; i < DECODED.timed; i++) {
    if (i === 0) start = clock();
    await decoder.next(Int32Array.of(Math.abs(i) % model.config.vocabularySize));
  }
  const elapsed = clock() - start;
  await decoder.dispose();
  return elapsed / DECODED.timed;
}

async function test(raw: JsonObject, context: CellContext): Promise<TestedCell> {
  const config = withThreads(checkConfig(raw), context.threads);
  const from = await loadCheckpoint(join(context.folder, 'run'));
  const tokenizer = tokenizerFromJson(from.tokenizer);
  const { set } = await prepareData({ config, tokenizer, onEvent: () => undefined });
  const engine = await createEngine(engineOptionsOf(config));
  const model = LanguageModel.create(modelConfigOf(config, tokenizer), config.seed);
  try {
    assignTensors(model.weights, from.weights, `checkpoint of step ${from.step}: weights.safetensors`);
    const decodeMs = await timeDecoding(engine, model, context.clock);
    const { evalBatchSize: batchSize, sequenceLength } = config.train;
    const shape = { batchSize, sequenceLength };
    const validator = createValidator(engine, model, shape);
    const rest = await validator.validate(dropStories(set.validation, config.train.evalStories ?? 0));
    await validator.dispose();
    const metrics = { 'bits-per-byte': rest.bitsPerByte, 'nats-per-token': rest.lossNats };
    return { test: rest.bitsPerByte, metrics, slices: [], decodeMs };
  } finally {
    await engine.dispose();
    model.dispose();
  }
}

/** A run on stories. Chosen on the validation stories used at intervals, tested on all the others. */
export const storiesCell: CellKind = { train, test };
