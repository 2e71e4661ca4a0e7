import { lineChart, type ChartSeries, type ReferenceLine } from '../plots/index.js';
import { settingAxes } from '../settingAxes.js';
import { isLogarithmic, placeOf } from '../slicePlaces.js';
import type { RecallScore, RecallSummary } from '../../experiments/recallSummary.js';

type NamedChart = readonly [name: string, svg: string];

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

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
    return distinct(own.map(({ slice, part }) => JSON.stringify([slice, part]))).flatMap(
      (place): NamedChart[] => {
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
          logX: isLogarithmic(bins.map(({ key }) => key)),
          ...(best === 'high' && first.oracle === 1 && { yDomain: [0, 1] as const }),
        });
        return [[fileName(metric, slice ?? '', part), svg]];
      },
    );
  });
}

/** What tells the parts apart on an axis: the first setting that is another number in each, else their order. */
function axisOf(parts: RecallSummary['parts']): {
  readonly label: string;
  readonly places: readonly number[];
} {
  const names = Object.keys(parts[0]?.settings ?? {});
  for (const label of names) {
    const places = parts.map(({ settings }) => settings[label]).filter((value) => typeof value === 'number');
    if (places.length === parts.length && distinct(places).length === parts.length) return { label, places };
  }
  const label = parts.map(({ part }, i) => `${i + 1}: ${part}`).join(' · ');
  return { label, places: parts.map((_, i) => i + 1) };
}

/** Scores over the parts of the test, such as lengths beyond those trained on. */
function partCharts({ task, metrics, scores, parts }: RecallSummary): NamedChart[] {
  if (parts.length < 2) return [];
  const { label, places } = axisOf(parts);
  const placeOfPart = new Map(parts.map(({ part }, i) => [part, String(places[i])]));
  return metrics.map(({ name: metric, unit }): NamedChart => {
    const own = scores
      .filter((score) => score.metric === metric && score.slice === null)
      .map((score) => ({ ...score, key: placeOfPart.get(score.part) ?? null }));
    const chance = distinct(own.map(({ key }) => key)).map((key) => ({
      x: placeOf(key),
      y: own.find((score) => score.key === key)?.chance ?? null,
    }));
    const svg = lineChart({
      title: `${task}: ${metric} by part of the test`,
      x: label,
      y: unit === '' ? metric : `${metric} (${unit})`,
      series: [
        ...seriesOf(own),
        { name: 'chance', kind: 'theory', points: chance.sort((one, other) => one.x - other.x) },
      ],
      logX: isLogarithmic(places),
    });
    return [fileName(metric, 'parts'), svg];
  });
}

/** Scores of whole parts over each numeric setting that was varied. */
function settingCharts({ task, metrics, models, scores }: RecallSummary): NamedChart[] {
  return metrics.flatMap(({ name: metric, unit }) => {
    const own = scores.filter((score) => score.metric === metric && score.slice === null);
    return distinct(own.map(({ part }) => part)).flatMap((part) => {
      const items = models.flatMap(({ model, variant }) => {
        const score = own.find((each) => each.part === part && each.model === model);
        return score ? [{ variant, score }] : [];
      });
      return settingAxes(items).map(({ setting, series }): NamedChart => {
        const svg = lineChart({
          title: `${task}: ${metric} by ${setting}, ${part}`,
          x: setting,
          y: unit === '' ? metric : `${metric} (${unit})`,
          series: series.map(({ name, points }) => ({
            name,
            points: points.map(({ x, item: { score } }) => ({
              x,
              y: score.mean,
              low: score.low,
              high: score.high,
            })),
          })),
          references: chanceOf(items.map(({ score }) => score)),
          logX: isLogarithmic(series.flatMap(({ points }) => points.map(({ x }) => x))),
        });
        return [fileName(metric, 'by', setting, part), svg];
      });
    });
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
  return [['validation', svg]];
}

/** The pictures of a recall by name: scores by slice and by part with intervals, and validation while training. */
export function recallCharts(summary: RecallSummary): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...settingCharts(summary),
    ...partCharts(summary),
    ...sliceCharts(summary),
    ...learningCurves(summary),
  ]);
}
