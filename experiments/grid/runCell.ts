import { makeFolderIn } from '../../src/core/atomicFile.js';
import { join } from 'node:path';
import { tokenizerFromJson, type TokenSet } from '../../data/index.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { Decoder } from '../../src/model/decode.js';
import { Model } from '../../src/model/model.js';
import { checkConfig } from '../../train/config/resolveConfig.js';
import { engineOptionsOf, type RunConfig } from '../../train/config/schema.js';
import type { TrainEvent } from '../../train/events.js';
import type { Clock } from '../../train/clock.js';
import { trainOrResume, type RunOptions } from '../../train/run.js';
import { createTextScorer, modelConfigOf, prepareText } from '../../train/stories.js';
import type { SampleScores, TestScore } from '../../train/tasks/contract.js';
import { firstMetric, openParts } from '../../train/tasks/parts.js';
import { checkTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import type { TaskRunConfig } from '../../train/tasks/schema.js';
import { loadTaskRun } from '../../train/tasks/taskRun.js';
import { testOnTask } from '../../train/tasks/testOnTask.js';
import { checkSplit } from '../storiesData.js';
import type { CellContext, CellKind, TestedCell, TestSlice, TrainedCell } from './contract.js';

/** A config whose engine takes so many threads, unless it says itself how many or has no such choice. */
function withThreads<T extends Pick<RunConfig, 'engine'>>(config: T, threads: number): T {
  const { engine } = config;
  if (engine.name !== 'graph' || engine.threads !== null) return config;
  return { ...config, engine: { ...engine, threads } };
}

const TEXT_METRIC = { metric: 'bits-per-byte', unit: 'bits/byte', best: 'low' } as const;

const runFolder = ({ folder }: CellContext): string => join(folder, 'run');

function noteOf(event: TrainEvent): string | undefined {
  switch (event.type) {
    case 'start':
      return `from step ${event.step}, ${event.parameters} parameters, ${event.engine} on ${event.device}`;
    case 'validation':
      return `step ${event.step}: loss ${event.loss?.toFixed(4) ?? '-'}, validation ${event.score.toFixed(4)}`;
    case 'checkpoint':
      return `checkpoint ${event.path}`;
    case 'done':
    case 'interrupted':
      return `${event.solved ? 'solved' : event.type} after step ${event.step}`;
    case 'encoding':
    case 'step':
    case 'nonFinite':
    case 'histograms':
    case 'diagnostics':
    case 'warning':
    case 'sample':
      return undefined;
  }
}

/** Milliseconds of updates, each from the event before it; the first, which compiles, counts as the mean of the others. */
function sumOfUpdates([, ...others]: readonly number[]): number {
  return others.length === 0 ? 0 : sum(others) * (1 + 1 / others.length);
}

function telling({ onProgress, clock }: CellContext): Required<Pick<RunOptions, 'onEvent' | 'onProgress'>> {
  let part = 0;
  let before = clock();
  const updates: number[] = [];
  return {
    onEvent: (event) => {
      const now = clock();
      if (event.type === 'step') {
        part = event.progress;
        updates.push(now - before);
      }
      before = now;
      const isEnd = event.type === 'done' || event.type === 'interrupted';
      const said = noteOf(event);
      const note = isEnd ? `${said}, ${(sumOfUpdates(updates) / 1000).toFixed(3)} s in updates` : said;
      onProgress({ part, ...(note === undefined ? {} : { note }) });
    },
    onProgress: (work) => onProgress({ part, work }),
  };
}

function metricOf(config: RunConfig | TaskRunConfig): Pick<TrainedCell, 'metric' | 'unit' | 'best'> {
  if (!('task' in config)) return TEXT_METRIC;
  const { name, unit, best } = firstMetric(openParts(config, 'validation'));
  return { metric: name, unit, best };
}

/** A cell that was killed loses at most about so much, and one that is not does not wait for a disk all the time. */
const SAVE_SPACING_MS = 10_000;

async function train(raw: JsonObject, context: CellContext): Promise<TrainedCell | undefined> {
  const config = 'task' in raw ? checkTaskConfig(raw) : checkConfig(raw);
  if (!('task' in config)) checkSplit(config);
  const { clock, signal, spare } = context;
  const summary = await trainOrResume({
    config: { ...withThreads(config, context.threads), out: await makeFolderIn(context.folder, 'run') },
    clock,
    signal,
    force: true, // the plan has checked it
    saveSpacingMs: SAVE_SPACING_MS,
    ...(spare && { spare }),
    ...telling(context),
  });
  if (summary.type === 'interrupted') return undefined;
  const { curve, step, tokens, seconds, tokensPerSecond, parameters } = summary;
  const last = curve.at(-1);
  if (!('task' in config) && last?.final) checkSplit(config, last.samples);
  if (last?.step !== step)
    throw new Error('grid: expected a training that ended with a validation, got none');
  return {
    ...metricOf(config),
    validation: last.score,
    curve: curve.map((point) => ({
      step: point.step,
      tokens: Math.round(point.tokens),
      validation: point.score,
    })),
    steps: step,
    tokens: Math.round(tokens),
    seconds,
    tokensPerSecond,
    parameters,
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
async function timeDecoding(engine: Engine, model: Model, clock: Clock): Promise<number> {
  const decoder = Decoder.create(engine, model, 1);
  let start = 0;
  for (let i = -DECODED.before; i < DECODED.timed; i++) {
    if (i === 0) start = clock();
    await decoder.next(Int32Array.of(Math.abs(i) % model.vocabularySize));
  }
  const elapsed = clock() - start;
  await decoder.dispose();
  return elapsed / DECODED.timed;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The mean over all positions of several scores. */
function pooled(scores: readonly { readonly bySample: SampleScores }[]): number {
  const total = (which: keyof SampleScores): number =>
    sum(scores.map(({ bySample }) => sum(bySample[which])));
  return total('sums') / total('counts');
}

/** Parts of the test, and the task's slices over all parts. */
function slicesOf(scores: readonly TestScore[]): TestSlice[] {
  const parts = scores.map(({ part, mean, bySample }) => ({
    slice: 'part',
    key: part,
    value: mean,
    n: bySample.counts.length,
  }));
  const all = scores.flatMap(({ slices }) => slices);
  const names = [...new Set(all.map(({ slice, key }) => JSON.stringify([slice, key])))];
  const bins = names.flatMap((name) => {
    const members = all.filter(({ slice, key }) => JSON.stringify([slice, key]) === name);
    return members.slice(0, 1).map(({ slice, key }) => ({
      slice,
      key,
      value: pooled(members),
      n: sum(members.map(({ bySample }) => bySample.counts.length)),
    }));
  });
  return [...parts, ...bins];
}

async function withEngine<T>(
  config: RunConfig | TaskRunConfig,
  { threads, spare }: CellContext,
  body: (engine: Engine) => Promise<T>,
): Promise<T> {
  const options = engineOptionsOf(withThreads(config, threads));
  const engine = await createEngine({ ...options, ...(spare && { spare }) });
  try {
    return await body(engine);
  } finally {
    await engine.dispose();
  }
}

async function testText(raw: JsonObject, context: CellContext): Promise<TestedCell> {
  const config = checkConfig(raw);
  const from = await loadCheckpoint(runFolder(context));
  const { signal, onProgress } = context;
  const { set } = await prepareText({
    config,
    tokenizer: from.tokenizer,
    signal,
    onProgress: (work) => onProgress({ part: 0, work }),
  });
  const tokenizer = tokenizerFromJson(from.tokenizer);
  return withEngine(config, context, async (engine) => {
    const where = `checkpoint of step ${from.step}: weights.safetensors`;
    const model = Model.load(modelConfigOf(config, tokenizer), from.weights, where);
    try {
      const decodeMs = await timeDecoding(engine, model, context.clock);
      const { evalBatchSize: batchSize, sequenceLength } = config.train;
      const shape = { batchSize, sequenceLength };
      const scorer = createTextScorer(engine, model, shape);
      const rest = await scorer.score(dropStories(set.validation, config.train.evalStories ?? 0), {
        signal,
        onProgress: ({ bytes, total = 1 }) => onProgress({ part: bytes / total }),
      });
      await scorer.dispose();
      const metrics = { 'bits-per-byte': rest.bitsPerByte, 'nats-per-token': rest.lossNats };
      return { test: rest.bitsPerByte, metrics, slices: [], decodeMs };
    } finally {
      model.dispose();
    }
  });
}

async function testTask(context: CellContext): Promise<TestedCell> {
  const { model, config } = await loadTaskRun(runFolder(context));
  const onProgress = (samples: number, total: number): void => context.onProgress({ part: samples / total });
  const scores = await withEngine(config, context, (engine) =>
    testOnTask(model, config, { engine, onProgress, signal: context.signal }),
  );
  model.dispose();
  const byMetric = [...new Set(scores.map(({ metric }) => metric))].map((name) => {
    return [name, scores.filter(({ metric }) => metric === name)] as const;
  });
  const main = byMetric[0]?.[1] ?? [];
  return {
    test: pooled(main),
    metrics: Object.fromEntries(byMetric.map(([name, own]) => [name, pooled(own)])),
    slices: slicesOf(main),
    details: scores,
  };
}

/**
 * A run. On stories it is chosen on the validation stories used at intervals and tested on all the others; on a task
 * it is chosen by the task's first metric on validation and tested on all its test parts.
 */
export const runCell: CellKind = {
  train,
  test: async (raw, context) => ('task' in raw ? testTask(context) : testText(raw, context)),
};
