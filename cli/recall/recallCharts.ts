import { lineChart, type ChartSeries, type ReferenceLine } from '../../eval/report/plots/index.js';
import type { RecallScore, RecallSummary } from './summary.js';

/** A picture under the name of its file. */
export interface NamedChart {
  /** Without `.svg`. */
  readonly name: string;
  readonly svg: string;
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Where a slice lies on the axis: its number, or the first of `4-7`. */
function placeOf(key: string | null): number {
  return key === null ? NaN : parseFloat(key);
}

function seriesOf(scores: readonly RecallScore[]): ChartSeries[] {
  return distinct(scores.map(({ model }) => model)).map((model) => ({
    name: model,
    points: scores
      .filter((score) => score.model === model)
      .map(({ key, mean, low, high }) => ({ x: placeOf(key), y: mean, low, high }))
      .sort((a, b) => a.x - b.x),
  }));
}

/** Chance as a line, where it is the same for all. */
function chanceOf(scores: readonly RecallScore[]): ReferenceLine[] {
  const chances = distinct(scores.map(({ chance }) => Number(chance.toPrecision(6))));
  const [only] = chances;
  return chances.length === 1 && only !== undefined ? [{ axis: 'y', value: only, label: 'chance' }] : [];
}

const fileName = (...words: readonly string[]): string =>
  words
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

function sliceCharts({ task, metrics, scores }: RecallSummary): NamedChart[] {
  return metrics.flatMap(({ name: metric, unit, best }) => {
    const own = scores.filter((score) => score.metric === metric && score.slice !== null);
    return distinct(own.map(({ slice, part }) => JSON.stringify([slice, part]))).flatMap((place) => {
      const bins = own.filter(({ slice, part }) => JSON.stringify([slice, part]) === place);
      const [first] = bins;
      const places = distinct(bins.map(({ key }) => placeOf(key)));
      if (!first || places.length < 2 || places.some(Number.isNaN)) return [];
      const { part, slice } = first;
      const svg = lineChart({
        title: `${task}: ${metric} by ${slice ?? ''}, ${part}`,
        x: slice ?? '',
        y: unit === '' ? metric : `${metric} (${unit})`,
        series: seriesOf(bins),
        references: chanceOf(bins),
        logX: Math.min(...places) > 0 && Math.max(...places) / Math.min(...places) > 8,
        ...(best === 'high' && first.oracle === 1 && { yDomain: [0, 1] as const }),
      });
      return [{ name: fileName(metric, slice ?? '', part), svg }];
    });
  });
}

/** Scores over the parts of the test, such as lengths beyond those trained on, in the order of the preset. */
function partCharts({ task, metrics, scores }: RecallSummary): NamedChart[] {
  return metrics.flatMap(({ name: metric, unit }) => {
    const own = scores.filter((score) => score.metric === metric && score.slice === null);
    const parts = distinct(own.map(({ part }) => part));
    if (parts.length < 2) return [];
    const numbers = own.map((score) => ({ ...score, key: String(parts.indexOf(score.part) + 1) }));
    const svg = lineChart({
      title: `${task}: ${metric} by part of the test`,
      x: parts.map((part, i) => `${i + 1}: ${part}`).join(' · '),
      y: unit === '' ? metric : `${metric} (${unit})`,
      series: [
        ...seriesOf(numbers),
        {
          name: 'chance',
          kind: 'theory',
          points: parts.map((part, i) => ({
            x: i + 1,
            y: own.find((score) => score.part === part)?.chance ?? null,
          })),
        },
      ],
    });
    return [{ name: fileName(metric, 'parts'), svg }];
  });
}

function learningCurves({ task, metrics, curves }: RecallSummary): NamedChart[] {
  const [main] = metrics;
  const lines = curves.filter(({ points }) => points.length > 0);
  if (!main || lines.length === 0) return [];
  const models = distinct(lines.map(({ model }) => model));
  const svg = lineChart({
    title: `${task}: validation while training`,
    x: 'training tokens',
    y: main.unit === '' ? main.name : `${main.name} (${main.unit})`,
    series: lines.map(({ model, seed, points }) => ({
      name: curves.length === models.length ? model : `${model}, seed ${seed}`,
      style: models.indexOf(model),
      points: points.map(({ tokens, validation }) => ({ x: tokens, y: validation })),
    })),
  });
  return [{ name: 'validation', svg }];
}

/** The pictures of a recall: scores by slice and by part with intervals, and validation while training. */
export function recallCharts(summary: RecallSummary): NamedChart[] {
  return [...partCharts(summary), ...sliceCharts(summary), ...learningCurves(summary)];
}
