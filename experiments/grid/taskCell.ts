import { join } from 'node:path';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { NonFiniteError } from '../../src/core/errors.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { engineOptionsOf } from '../../train/engineOptions.js';
import type {
  SampleScores,
  TaskEvent,
  TaskRunConfig,
  TaskRunResult,
  TestScore,
} from '../../train/tasks/contract.js';
import { openParts } from '../../train/tasks/parts.js';
import { checkTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import { testOnTask } from '../../train/tasks/testOnTask.js';
import { loadTaskRun, trainOnTask } from '../../train/tasks/trainOnTask.js';
import type { CellContext, CellKind, TestedCell, TestSlice, TrainedCell } from './contract.js';
import { withThreads } from './withThreads.js';

const runFolder = ({ folder }: CellContext): string => join(folder, 'run');

function noteOf(event: TaskEvent): string | undefined {
  switch (event.type) {
    case 'start':
      return `from step ${event.step} of ${event.steps}, ${event.parameters} weights, ${event.engine} on ${event.device}`;
    case 'validation': {
      const { step, loss, score } = event.point;
      return `step ${step}: loss ${loss.toFixed(4)}, validation ${score.toFixed(4)}`;
    }
    case 'end':
      return `${event.result.status} after step ${event.result.steps}`;
    case 'step':
    case 'checkpoint':
    case 'test':
      return undefined;
  }
}

function telling({ onProgress }: CellContext): (event: TaskEvent) => void {
  let part = 0;
  return (event) => {
    if (event.type === 'step') part = event.progress;
    if (event.type === 'test') part = event.samples / event.total;
    const note = noteOf(event);
    onProgress({ part, ...(note === undefined ? {} : { note }) });
  };
}

/** Mean training tokens of a sample, over the mix. */
function sampleLength(config: TaskRunConfig): number {
  const parts = openParts(config, 'train');
  const all = parts.reduce((sum, { samples }) => sum + samples, 0);
  return parts.reduce((sum, { samples, source }) => sum + (samples / all) * source.shape.sequenceLength, 0);
}

function trainedCell(config: TaskRunConfig, result: TaskRunResult): TrainedCell {
  const { metric, best, validation, curve, steps, samples, seconds, tokensPerSecond, parameters } = result;
  if (validation === null)
    throw new Error('grid: expected a training that ended with a validation, got none');
  const unit = openParts(config, 'validation')[0]?.source.metrics[0]?.unit ?? '';
  const length = sampleLength(config);
  const tokensOf = (seen: number): number => Math.round(seen * length);
  return {
    metric,
    unit,
    best,
    steps,
    seconds,
    tokensPerSecond,
    parameters,
    validation: validation.score,
    tokens: tokensOf(samples),
    curve: curve.map(({ step, samples: seen, score }) => ({
      step,
      tokens: tokensOf(seen),
      validation: score,
    })),
  };
}

async function withEngine<T>(
  config: TaskRunConfig,
  { threads }: CellContext,
  body: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await createEngine(engineOptionsOf(withThreads(config, threads)));
  try {
    return await body(engine);
  } finally {
    await engine.dispose();
  }
}

async function train(raw: JsonObject, context: CellContext): Promise<TrainedCell | undefined> {
  const config = checkTaskConfig(raw);
  const { clock, signal } = context;
  const options = { clock, signal, folder: runFolder(context), onEvent: telling(context) };
  const { model, result } = await withEngine(config, context, (engine) =>
    trainOnTask(config, { engine, ...options }),
  );
  model.dispose();
  if (result.status === 'interrupted') return undefined;
  if (result.status === 'diverged') throw new NonFiniteError(result.fault ?? 'the training diverged');
  return trainedCell(config, result);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The mean over all places of several scores. */
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

async function test(raw: JsonObject, context: CellContext): Promise<TestedCell> {
  const config = checkTaskConfig(raw);
  const { model } = await loadTaskRun(runFolder(context));
  const scores = await withEngine(config, context, (engine) =>
    testOnTask(model, config, { engine, onEvent: telling(context) }),
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

/** A training on a task. Chosen by the task's first metric on validation, tested on all its test parts. */
export const taskCell: CellKind = { train, test };
