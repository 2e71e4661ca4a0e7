import { type Cell, type LabTable } from '../lab/labTables.js';
import type { RecallScore, RecallSummary } from '../../experiments/recallSummary.js';

/** Digits of a score in a table for people. */
const DIGITS = 3;

/** A score with its interval: `0.981 (0.970 to 0.990)`. */
export function scoreText({ mean, low, high }: Pick<RecallScore, 'mean' | 'low' | 'high'>): string {
  const value = mean.toFixed(DIGITS);
  return low === null || high === null
    ? value
    : `${value} (${low.toFixed(DIGITS)} to ${high.toFixed(DIGITS)})`;
}

/** A table for people under its title. */
export interface TitledTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

interface Columns {
  readonly title: string;
  readonly first: string;
  readonly scores: readonly RecallScore[];
  readonly rowOf: (score: RecallScore) => string;
}

/** One row a value of `rowOf`, one column a model; chance, oracle and the samples a model at the end. */
function byModel({ title, first, scores, rowOf }: Columns): TitledTable {
  const models = distinct(scores.map(({ model }) => model));
  const rows = distinct(scores.map(rowOf)).map((row) => {
    const own = scores.filter((score) => rowOf(score) === row);
    const cells = models.map((model) => {
      const score = own.find((candidate) => candidate.model === model);
      return score ? scoreText(score) : '';
    });
    const { chance, oracle, n } = own[0] ?? { chance: NaN, oracle: NaN, n: 0 };
    return [row, ...cells, chance.toFixed(DIGITS), oracle.toFixed(DIGITS), String(n)];
  });
  return { title, head: [first, ...models, 'chance', 'oracle', 'samples'], rows };
}

/** The tables that people read: whole parts, then each slice that splits a part. */
export function recallTables({ task, metrics, scores }: RecallSummary): TitledTable[] {
  return metrics.flatMap(({ name, unit }) => {
    const own = scores.filter(({ metric }) => metric === name);
    const label = `${task}: ${name}${unit === '' ? '' : ` (${unit})`}`;
    const whole = own.filter(({ slice }) => slice === null);
    const tables = [byModel({ title: label, first: 'test', scores: whole, rowOf: ({ part }) => part })];
    for (const slice of distinct(own.flatMap((score) => score.slice ?? []))) {
      for (const part of distinct(own.map((score) => score.part))) {
        const bins = own.filter((score) => score.slice === slice && score.part === part);
        if (distinct(bins.map(({ key }) => key)).length < 2) continue;
        const title = `${label} by ${slice}, ${part}`;
        tables.push(byModel({ title, first: slice, scores: bins, rowOf: ({ key }) => key ?? '' }));
      }
    }
    return tables;
  });
}

/** What the models are and what they took. */
export function modelTable({ models }: RecallSummary): LabTable {
  return {
    head: ['model', 'seeds', 'rate', 'parameters', 'state bytes', 'FLOPs/token', 'seconds', 'tokens/s'],
    rows: models.map(({ model, done, seeds, learningRates, cost, seconds, tokensPerSecond }): Cell[] => [
      model,
      done === seeds ? String(seeds) : `${done} of ${seeds}`,
      distinct(learningRates).join(', '),
      cost.parameters,
      cost.stateBytes,
      cost.flopsPerToken,
      seconds === null ? null : Math.round(seconds),
      tokensPerSecond === null ? null : Math.round(tokensPerSecond),
    ]),
  };
}

/** Every score with all digits, for results.csv. */
export function scoreTable({ task, scores }: RecallSummary): LabTable {
  return {
    head: [
      'task',
      'model',
      'kind',
      'part',
      'metric',
      'slice',
      'key',
      'mean',
      'low',
      'high',
      'seeds',
      'samples',
      'chance',
      'oracle',
    ],
    rows: scores.map(
      ({ model, kind, part, metric, slice, key, mean, low, high, seeds, n, chance, oracle }): Cell[] => [
        task,
        model,
        kind,
        part,
        metric,
        slice,
        key,
        mean,
        low,
        high,
        seeds,
        n,
        chance,
        oracle,
      ],
    ),
  };
}
