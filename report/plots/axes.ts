import { z } from 'zod';
import * as Plot from '@observablehq/plot';
import { DataError } from '../../src/core/errors.js';
import { list, optionsCheck } from '../../src/core/options.js';
import type { AxesOptions, ChartPoint, ChartSeries, ReferenceLine } from '../../eval/pictures.js';
import {
  chartFields,
  checkFinite,
  composeChart,
  drawPanel,
  hoverText,
  shortNumber,
  tickFormat,
} from './drawing.js';
import { drawLegend, type LegendEntry } from './legend.js';
import { GROUND, seriesStyle, type SeriesStyle } from './palette.js';

const checkOptions = optionsCheck<AxesOptions>({
  ...chartFields,
  x: z.string(),
  y: z.string(),
  series: list<readonly ChartSeries[]>(),
  logX: z.boolean().optional(),
  logY: z.boolean().optional(),
  references: list<readonly ReferenceLine[]>().optional(),
  legend: z.boolean().optional(),
  yDomain: list<readonly [number, number]>().optional(),
  height: z.number().optional(),
});

/** A point that has a value. */
interface Known {
  readonly x: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A series ready to draw. */
interface Drawn {
  readonly name: string;
  readonly theory: boolean;
  readonly style: SeriesStyle;
  readonly points: readonly ChartPoint[];
  readonly known: readonly Known[];
}

function prepare({ name, points, kind = 'measured', style }: ChartSeries, position: number): Drawn {
  const known = points.flatMap(({ x, y, low = null, high = null }) =>
    y === null ? [] : [{ x, value: y, low, high }],
  );
  return { name, theory: kind === 'theory', style: seriesStyle(style ?? position), points, known };
}

/** Refuses what cannot be drawn. */
function check(where: string, options: AxesOptions, points: readonly Known[]): void {
  if (points.length === 0) {
    throw new DataError(`${where}: expected at least one point with a value, got none`);
  }
  const { references = [], logX = false, logY = false } = options;
  const bounds = points.flatMap(({ x, value, low, high }) => [x, value, low ?? 0, high ?? 0]);
  checkFinite(where, [...bounds, ...references.map(({ value }) => value)]);
  for (const [axis, log, key] of [
    ['x', logX, 'x'],
    ['y', logY, 'value'],
  ] as const) {
    const point = log ? points.find((each) => each[key] <= 0) : undefined;
    if (point) {
      throw new DataError(
        `${where}: expected ${axis} above 0 on a logarithmic axis, got ${point[key]}; use a linear axis`,
      );
    }
  }
}

/** The range of an axis, of some width; a logarithmic one keeps to values above 0. */
function domain(values: readonly number[], log: boolean): readonly [number, number] {
  const usable = log ? values.filter((value) => value > 0) : values;
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  if (low < high) return [low, high];
  if (log) return [low / 2, high * 2];
  const room = Math.abs(low) * 0.1 || 0.5;
  return [low - room, high + room];
}

function domains(
  { references = [], logX = false, logY = false, yDomain }: AxesOptions,
  points: readonly Known[],
): { readonly xs: readonly [number, number]; readonly ys: readonly [number, number] } {
  const lines = (axis: 'x' | 'y'): number[] =>
    references.filter((line) => line.axis === axis).map(({ value }) => value);
  const values = points.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  return {
    xs: domain([...points.map(({ x }) => x), ...lines('x')], logX),
    ys: yDomain ?? domain([...values, ...lines('y')], logY),
  };
}

/** Decades from which on a logarithmic axis has ticks at powers of ten alone. */
const MANY_DECADES = 3;

/** Where an axis has ticks: about so many, or the powers of ten of a long logarithmic one. */
function ticksOf(log: boolean, [low, high]: readonly [number, number], about: number): number | number[] {
  if (!log || high / low < 10 ** MANY_DECADES) return about;
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** On a logarithmic axis a format as text, and no function, lets d3 leave labels out where they are many. */
function logFormat([low, high]: readonly [number, number]): string {
  if (low < 1e-3) return '.0e';
  return low >= 1 && high >= 1000 ? '~s' : '~g';
}

function scale(
  label: string,
  log: boolean,
  ends: readonly [number, number],
  ticks: number | number[],
): Plot.ScaleOptions {
  const format = log ? logFormat(ends) : tickFormat(ends);
  return {
    type: log ? 'log' : 'linear',
    domain: [...ends],
    nice: !log,
    label,
    ticks,
    ...(format !== undefined && { tickFormat: format }),
  };
}

/** Intervals where they are known, elsewhere gaps; ends below a logarithmic axis are drawn to its end. */
function intervals(
  points: readonly ChartPoint[],
  floor: number,
): { readonly x: number; readonly low: number; readonly high: number }[] {
  return points.map(({ x, y, low, high }) =>
    y === null || low == null || high == null
      ? { x, low: NaN, high: NaN }
      : { x, low: Math.max(low, floor), high },
  );
}

function seriesMarks(series: Drawn, lines: boolean, floor: number): Plot.Markish[] {
  const { name, theory, known } = series;
  const { colour, dash, marker } = series.style;
  const bands = intervals(series.points, floor);
  const whiskers = bands.filter(({ low }) => !Number.isNaN(low));
  const gaps = series.points.map(({ x, y }) => ({ x, y: y ?? NaN }));
  const bounds = { x: 'x', y1: 'low', y2: 'high' };
  const interval =
    lines && whiskers.length > 1
      ? Plot.areaY(bands, { ...bounds, fill: colour, fillOpacity: 0.15 })
      : Plot.ruleX(whiskers, { ...bounds, stroke: colour, strokeWidth: 1.5 });
  const line = Plot.line(gaps, {
    x: 'x',
    y: 'y',
    stroke: colour,
    strokeDasharray: dash,
    strokeWidth: theory ? 1.25 : 2,
  });
  const dots = Plot.dot(known, {
    x: 'x',
    y: 'value',
    symbol: marker,
    fill: colour,
    r: lines && known.length > 30 ? 2 : 4,
    title: (point: Known) => hoverText(name, point, point.x),
  });
  return [
    ...(whiskers.length > 0 ? [interval] : []),
    ...(lines || theory ? [line] : []),
    ...(theory ? [] : [dots]),
  ];
}

const REFERENCE_DASH = '3 4';

function referenceLine({ axis, value }: ReferenceLine): Plot.Markish {
  const line = { stroke: GROUND.light.muted, strokeDasharray: REFERENCE_DASH, strokeWidth: 1.25 };
  return axis === 'y' ? Plot.ruleY([value], line) : Plot.ruleX([value], line);
}

/** The name of a reference and where it lies, for the legend: inside the plot it would be written over points. */
function referenceEntry({ value, label }: ReferenceLine): LegendEntry {
  const style = { colour: GROUND.light.muted, dash: REFERENCE_DASH, marker: 'circle' } as const;
  return { name: `${label} (${shortNumber(value)})`, style, line: true, marker: false };
}

/** What the chart shows in words, for those who do not see it. */
function describe(kind: string, { x, y, references = [] }: AxesOptions, drawn: readonly Drawn[]): string {
  const parts = drawn.map(({ name, known }) => {
    const [first, last] = [known[0], known.at(-1)];
    if (!first || !last) return `${name}: no values`;
    if (known.length === 1) return hoverText(name, first, first.x);
    const values = known.map(({ value }) => value);
    const ends = `from ${shortNumber(first.value)} at ${shortNumber(first.x)} to ${shortNumber(last.value)} at ${shortNumber(last.x)}`;
    return `${name}: ${ends}, least ${shortNumber(Math.min(...values))}, most ${shortNumber(Math.max(...values))}`;
  });
  const lines = references.map(({ label, axis, value }) => `line at ${axis} ${shortNumber(value)}: ${label}`);
  return `${kind} of ${y} against ${x}. ${[...parts, ...lines].join('. ')}.`;
}

function drawAxes(kind: 'Line chart' | 'Scatter plot', options: AxesOptions): string {
  const { title, width = 480, height = 280, references = [] } = options;
  const { logX = false, logY = false, legend = true } = options;
  const drawn = options.series.map(prepare);
  const points = drawn.flatMap(({ known }) => known);
  check(`${kind.toLowerCase()} '${title}'`, options, points);
  const lines = kind === 'Line chart';
  const { xs, ys } = domains(options, points);
  const floor = logY ? ys[0] : -Infinity;
  const yTicks = ticksOf(logY, ys, 5);
  const panel: Plot.PlotOptions = {
    width,
    marginLeft: 64,
    marginRight: 22,
    marginTop: 44,
    marginBottom: 54,
    x: scale(options.x, logX, xs, ticksOf(logX, xs, Math.max(3, Math.round(width / 90)))),
    y: scale(options.y, logY, ys, yTicks),
    marks: [
      Plot.gridY({ stroke: GROUND.light.line, strokeOpacity: 1, ticks: yTicks }),
      ...references.map(referenceLine),
      ...drawn.flatMap((series) => seriesMarks(series, lines, floor)),
    ],
  };
  const entries = drawn.map(({ name, style, theory }) => {
    return { name, style, line: lines || theory, marker: !theory };
  });
  return composeChart({
    title,
    description: options.description ?? describe(kind, options, drawn),
    width,
    panels: (top) => {
      const names = drawLegend([...(legend ? entries : []), ...references.map(referenceEntry)], width, top);
      return [names, drawPanel(panel, height, top + names.height)];
    },
  });
}

/**
 * Lines over two axes as one SVG element, with bands where points carry intervals.
 *
 * Series differ by colour, marker and dash; each point names itself when pointed at; references are labelled lines.
 * @throws DataError when no point has a value, a value is not finite, or one is not above 0 on a logarithmic axis.
 */
export function lineChart(options: AxesOptions): string {
  return drawAxes('Line chart', checkOptions('lineChart', options));
}

/**
 * Points over two axes as one SVG element, such as quality against cost, with whiskers where they carry intervals.
 *
 * @throws DataError as `lineChart`.
 */
export function scatter(options: AxesOptions): string {
  return drawAxes('Scatter plot', checkOptions('scatter', options));
}
