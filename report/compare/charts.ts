import type { SeedMean, TaskComparison, VariantCost, VariantSummary } from '../../eval/compare/comparison.js';
import { frontierCosts } from '../../eval/compare/frontier.js';
import { ranked } from '../../eval/compare/findings.js';
import { groupBy } from '../../eval/compare/groups.js';
import type { AxesOptions, ChartSeries } from '../../eval/pictures.js';
import { heatMap } from '../plots/heatMap.js';
import { intervalChart } from '../plots/intervalChart.js';
import { lineChart, scatter } from '../plots/axes.js';
import { settingAxes } from '../settingAxes.js';
import { isLogarithmic, placeOf } from '../slicePlaces.js';
import { table, type Table } from '../table.js';
import { metricLabel } from './tables.js';

/** A chart, and the numbers that it shows. */
interface Figure {
  readonly svg: string;
  readonly data: Table;
}

/** A chart over two axes with its points. */
function drawn(draw: (options: AxesOptions) => string, options: AxesOptions): Figure {
  const points = options.series.flatMap(({ name, points: own }) =>
    own.map(({ x, y, low = null, high = null }) => [name, x, y, low, high]),
  );
  return {
    svg: draw(options),
    data: table(options.title, ['series', options.x, options.y, 'low', 'high'], points),
  };
}

/** A variant that has a result. */
type Finished = VariantSummary & { readonly test: SeedMean; readonly cost: VariantCost };

function isFinished(variant: VariantSummary): variant is Finished {
  return variant.test !== null && variant.cost !== null;
}

function meansChart(task: TaskComparison, finished: readonly Finished[]): Figure[] {
  if (finished.length === 0) return [];
  const rows = finished.map(({ label, test, bySeed, place }) => {
    return {
      name: label,
      value: test.mean,
      low: test.low,
      high: test.high,
      samples: bySeed.map((one) => one.test),
      style: place,
    };
  });
  const chart = { title: `${task.task}: means over seeds`, x: metricLabel(task), rows };
  const data = table(
    chart.title,
    ['variant', task.metric, 'low', 'high'],
    rows.map(({ name, value, low, high }) => [name, value, low, high]),
  );
  return [{ svg: intervalChart(chart), data }];
}

function curveChart(task: TaskComparison, finished: readonly Finished[]): Figure[] {
  const series = finished
    .filter(({ curve }) => curve.length > 1)
    .map(({ label, place, curve }): ChartSeries => {
      const points = curve.map(({ tokens, mean, low, high }) => ({ x: tokens, y: mean, low, high }));
      return { name: label, style: place, points };
    });
  if (series.length === 0) return [];
  return [
    drawn(lineChart, {
      title: `${task.task}: validation while training`,
      x: 'training tokens',
      y: task.metric,
      series,
      legend: false,
    }),
  ];
}

function sliceLines(
  task: TaskComparison,
  slice: string,
  finished: readonly Finished[],
  keys: readonly (string | number)[],
): Figure[] {
  const series = finished.map(({ label, place, slices }): ChartSeries => {
    const points = slices
      .flatMap(({ slice: name, key, mean, low, high }) =>
        name === slice ? [{ x: placeOf(key), y: mean, low, high }] : [],
      )
      .sort((a, b) => a.x - b.x);
    return { name: label, style: place, points };
  });
  const title = `${task.task}: ${task.metric} by ${slice}`;
  const axes = { x: slice, y: task.metric, logX: isLogarithmic(keys) };
  return [drawn(lineChart, { title, ...axes, series, legend: false })];
}

function sliceMap(task: TaskComparison, slice: string, finished: readonly Finished[]): Figure[] {
  const of = ({ slices }: Finished) =>
    new Map(slices.filter((part) => part.slice === slice).map((part) => [String(part.key), part.mean]));
  const columns = [...new Set(finished.flatMap((variant) => [...of(variant).keys()]))];
  const values = finished.map((variant) => columns.map((key) => of(variant).get(key) ?? null));
  const rows = finished.map(({ label }) => label);
  const title = `${task.task}: ${task.metric} by ${slice}`;
  const data = table(
    title,
    ['variant', ...columns],
    rows.map((name, i) => [name, ...(values[i] ?? [])]),
  );
  return [{ svg: heatMap({ title, rows, columns, values, label: task.metric }), data }];
}

/** One chart for each thing that tests are sliced by and that has more than one part. */
function sliceCharts(task: TaskComparison, finished: readonly Finished[]): Figure[] {
  const parts = groupBy(
    finished.flatMap(({ slices }) => slices),
    ({ slice }) => slice,
  );
  return [...parts].flatMap(([slice, found]) => {
    const keys = [...new Set(found.map(({ key }) => key))];
    if (keys.length < 2) return [];
    const onAxis = keys.every((key) => !Number.isNaN(placeOf(key)));
    return onAxis ? sliceLines(task, slice, finished, keys) : sliceMap(task, slice, finished);
  });
}

/** The score over each numeric setting that was varied. */
function settingCharts(task: TaskComparison, finished: readonly Finished[]): Figure[] {
  return settingAxes(finished).map(({ setting, series }) => {
    return drawn(lineChart, {
      title: `${task.task}: ${task.metric} by ${setting}`,
      x: setting,
      y: task.metric,
      series: series.map(({ name, points }) => ({
        name,
        points: points.map(({ x, item: { test } }) => ({ x, y: test.mean, low: test.low, high: test.high })),
      })),
      logX: isLogarithmic(series.flatMap(({ points }) => points.map(({ x }) => x))),
    });
  });
}

const COSTS: readonly { readonly field: keyof VariantCost; readonly label: string }[] = [
  { field: 'flopsPerToken', label: 'FLOPs per token' },
  { field: 'stateBytes', label: 'bytes of state' },
  { field: 'parameters', label: 'parameters' },
  { field: 'trainTokensPerSecond', label: 'training tokens/s' },
  { field: 'decodeMs', label: 'ms to decode one token' },
];

/** Quality against each cost in which variants differ by more than a hundredth. */
function costCharts(task: TaskComparison, finished: readonly Finished[]): Figure[] {
  return COSTS.flatMap(({ field, label }) => {
    const series = finished.flatMap(({ label: name, place, test, cost }): ChartSeries[] => {
      const x = cost[field];
      return x === null
        ? []
        : [{ name, style: place, points: [{ x, y: test.mean, low: test.low, high: test.high }] }];
    });
    const costs = series.flatMap(({ points }) => points.map(({ x }) => x));
    if (costs.length < 2 || Math.max(...costs) <= 1.01 * Math.min(...costs)) return [];
    const title = `${task.task}: ${task.metric} against ${label}`;
    const axes = { x: label, y: task.metric, logX: isLogarithmic(costs) };
    return [drawn(scatter, { title, ...axes, series, legend: false })];
  });
}

/** Scores against the cost that was asked for: a curve for each rule or the like, and the best at each cost. */
function frontierCharts(task: TaskComparison): Figure[] {
  if (!task.frontiers) return [];
  const x = frontierCosts[task.frontiers.cost].label;
  return task.frontiers.of.map(({ name, curves }) => {
    const best = curves
      .flatMap(({ points }) => points)
      .filter(({ isOnFrontier }) => isOnFrontier)
      .sort((a, b) => a.cost - b.cost);
    const most = Math.max(...curves.flatMap(({ points }) => points.map(({ cost }) => cost)));
    const steps = best.flatMap(({ cost, test }, i) => [
      { x: cost, y: test.mean },
      { x: best[i + 1]?.cost ?? most, y: test.mean },
    ]);
    const series = curves.map((curve): ChartSeries => {
      const points = curve.points.map(({ cost, test }) => ({
        x: cost,
        y: test.mean,
        low: test.low,
        high: test.high,
      }));
      return { name: curve.name === '' ? 'all variants' : curve.name, points };
    });
    return drawn(lineChart, {
      title: `${task.task}: frontier of ${task.metric} by ${x}${name === '' ? '' : `, ${name}`}`,
      x,
      y: task.metric,
      series: [
        ...series,
        { name: 'best at this cost or less', kind: 'theory', points: steps, style: series.length },
      ],
      logX: isLogarithmic(best.map(({ cost }) => cost)),
    });
  });
}

/** Names of the variants that charts show, of all tasks, with their places among the looks of series. */
export function chartedVariants(tasks: readonly TaskComparison[]): ReadonlyMap<string, number> {
  const finished = tasks.flatMap(({ variants }) => variants.filter(isFinished));
  return new Map(finished.map(({ label, place }) => [label, place]));
}

/** All charts of a task that its results allow. Those over variants leave their names to the legend of the page. */
export function taskCharts(task: TaskComparison): Figure[] {
  const finished = task.variants.filter(isFinished);
  return [
    ...meansChart(task, ranked(finished, task.best).filter(isFinished)),
    ...frontierCharts(task),
    ...settingCharts(task, finished),
    ...curveChart(task, finished),
    ...sliceCharts(task, finished),
    ...costCharts(task, finished),
  ];
}
