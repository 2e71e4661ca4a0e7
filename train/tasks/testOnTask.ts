import { callback, made, optionsCheck, signal as ends } from '../../src/core/options.js';
import {
  batchOfSamples,
  ScoreSheet,
  type Baseline,
  type MeanScore,
  type MetricScore,
  type TaskMetric,
  type TaskSample,
} from '../../data/index.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Model } from '../../src/model/model.js';
import type { SliceScore, TaskTestOptions, TestScore } from './contract.js';
import { openParts, type OpenPart } from './parts.js';
import type { TaskRunConfig } from './schema.js';
import { answerSize, createScorer } from './scorer.js';

type Scores = Readonly<Record<string, MetricScore>>;

/** A part that draws each test sample once, for the model and for every baseline. */
function drawnOnce(part: OpenPart): OpenPart {
  const { source } = part;
  const drawn = new Map<number, TaskSample>();
  const test = (index: number): TaskSample => {
    const sample = drawn.get(index) ?? source.sample('test', index);
    drawn.set(index, sample);
    return sample;
  };
  return {
    ...part,
    source: {
      ...source,
      sample: (split, index) => (split === 'test' ? test(index) : source.sample(split, index)),
    },
  };
}

/** The scores of a task's baseline on the first test samples. */
function scoreBaseline({ source, samples }: OpenPart, baseline: Baseline): Scores {
  const sheet = new ScoreSheet(source);
  const size = answerSize(source);
  for (let index = 0; index < samples; index++) {
    const sample = source.sample('test', index);
    const answers = new Float32Array(source.shape.scored * size);
    for (const [i, answer] of baseline(sample).entries()) answers.set(answer, i * size);
    sheet.add(batchOfSamples(source, [sample]), answers);
  }
  return sheet.result;
}

const summary = ({ mean, bySample: { sums, counts } }: MeanScore) => ({ mean, bySample: { sums, counts } });

function slicesOf({ slices }: MetricScore): SliceScore[] {
  return Object.entries(slices).flatMap(([slice, bins]) =>
    Object.entries(bins).map(([key, score]) => ({ slice, key, ...score })),
  );
}

function scoreOf(
  { name: part, source }: OpenPart,
  metric: TaskMetric,
  own: MetricScore,
  baselines: Readonly<Record<string, Scores>>,
): TestScore {
  const { name, unit, best, perfect } = metric;
  const { chance, n } = own;
  const others = Object.entries(baselines).flatMap(([baseline, scores]) => {
    const score = scores[name];
    return score ? [{ name: baseline, ...summary(score) }] : [];
  });
  return {
    part,
    settings: source.settings,
    metric: name,
    unit,
    best,
    perfect,
    chance,
    n,
    ...summary(own),
    slices: slicesOf(own),
    baselines: others,
  };
}

const checkOptions = optionsCheck<TaskTestOptions>({
  engine: made<Engine>('an engine'),
  onProgress: callback<(samples: number, total: number) => void>().optional(),
  signal: ends.optional(),
});

/**
 * Scores a trained model on every test part of its config, beside chance and the task's baselines on the same
 * samples. For what was chosen on validation, once.
 *
 * @throws NonFiniteError when an answer is NaN.
 */
export async function testOnTask(
  model: Model,
  config: TaskRunConfig,
  options: TaskTestOptions,
): Promise<readonly TestScore[]> {
  const { engine, onProgress, signal } = checkOptions('testOnTask', options);
  const scorer = createScorer(engine, model);
  const found: TestScore[] = [];
  try {
    for (const opened of openParts(config, 'test')) {
      const part = drawnOnce(opened);
      const { source, samples: total } = part;
      const own = await scorer.score({
        source,
        split: 'test',
        samples: total,
        onProgress: (samples) => onProgress?.(samples, total),
        signal,
      });
      const baselines = Object.fromEntries(
        Object.entries(source.baselines ?? {}).map(([label, baseline]) => [
          label,
          scoreBaseline(part, baseline),
        ]),
      );
      for (const metric of source.metrics) {
        const score = own[metric.name];
        if (score) found.push(scoreOf(part, metric, score, baselines));
      }
    }
  } finally {
    await scorer.dispose();
  }
  return found;
}
