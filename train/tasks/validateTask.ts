import type { MetricScore } from '../../data/index.js';
import type { TaskPoint } from './contract.js';
import { firstMetric, openParts, type OpenPart } from './parts.js';
import type { TaskRunConfig } from './schema.js';
import type { Scorer } from './scorer.js';

type Scores = Readonly<Record<string, MetricScore>>;

/** Metrics over the places of all parts together. */
function together(all: readonly Scores[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const scores = all.flatMap((one) => one[name] ?? []);
      const n = scores.reduce((sum, score) => sum + score.n, 0);
      return [name, scores.reduce((sum, score) => sum + score.mean * score.n, 0) / n];
    }),
  );
}

const means = (scores: Scores): Record<string, number> =>
  Object.fromEntries(Object.entries(scores).map(([name, { mean }]) => [name, mean]));

/** Makes the function that validates: the scores a point of the curve holds. */
export function createValidation(
  config: TaskRunConfig,
  scorer: Scorer,
): () => Promise<Pick<TaskPoint, 'score' | 'metrics' | 'parts'>> {
  const parts: readonly OpenPart[] = openParts(config, 'validation');
  const { name } = firstMetric(parts);
  const most = config.train.evalSamples ?? Infinity;
  return async () => {
    const scores: Scores[] = [];
    for (const { source, samples } of parts)
      scores.push(await scorer.score({ source, split: 'validation', samples: Math.min(samples, most) }));
    const metrics = together(scores);
    return {
      score: metrics[name] ?? NaN,
      metrics,
      parts: parts.map((part, i) => ({ part: part.name, metrics: means(scores[i] ?? {}) })),
    };
  };
}
