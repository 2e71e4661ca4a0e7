import * as Plot from '@observablehq/plot';
import { DataError } from '../../src/core/errors.js';
import type { AxesOptions, ChartPoint, ChartSeries, ReferenceLine } from '../../eval/pictures.js';
import { composeChart, drawPanel, textWidth } from './drawing.js';
import { drawLegend } from './legend.js';
import { GROUND, seriesStyle, type SeriesStyle } from './palette.js';

/** A point that has a value. */
interface Placed {
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A series ready to draw. */
interface Drawn {
  readonly name: string;
  readonly theory: boolean;
  readonly style: SeriesStyle;
  readonly points: readonly ChartPoint[];
  readonly placed: readonly Placed[];
}

function isPlaced(point: ChartPoint): point is ChartPoint & { y: number } {
  return point.y !== null;
}

function prepare({ name, points, kind = 'measured', style }: ChartSeries, place: number): Drawn {
  const placed = points.filter(isPlaced).map(({ x, y, low = null, high = null }) => ({ x, y, low, high }));
  return { name, theory: kind === 'theory', style: seriesStyle(style ?? place), points, placed };
}

/** An interval at a place; NaN where there is none. */
interface Band {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** Refuses what cannot be drawn. */
function check(where: string, options: AxesOptions, drawn: readonly Drawn[]): void {
  const points = drawn.flatMap((series) => series.placed);
  if (points.length === 0) {
    throw new DataError(`${where}: expected at least one point with a value, got none`);
  }
  const bounds = points.flatMap(({ x, y, low, high }) => [x, y, low ?? 0, high ?? 0]);
  const strange = [...bounds, ...(options.references ?? []).map(({ value }) => value)].find(
    (value) => !Number.isFinite(value),
  );
  if (strange !== undefined) throw new DataError(`${where}: expected finite values, got ${strange}`);
  for (const [axis, log] of [
    ['x', options.logX],
    ['y', options.logY],
  ] as const) {
    const bad = log ? points.find((point) => point[axis] <= 0) : undefined;
    if (bad) {
      throw new DataError(
        `${where}: expected ${axis} above 0 on a logarithmic axis, got ${bad[axis]}; use a linear axis`,
      );
    }
  }
}

/** Ends of an axis, with room on both sides; a logarithmic one keeps to values above 0. */
function domain(values: readonly number[], log: boolean): [number, number] {
  const usable = log ? values.filter((value) => value > 0) : values;
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  if (low < high) return [low, high];
  return log
    ? [low / 2, high * 2]
    : [low - (Math.abs(low) * 0.1 || 0.5), high + (Math.abs(high) * 0.1 || 0.5)];
}

function yDomain(options: AxesOptions, drawn: readonly Drawn[]): readonly [number, number] {
  if (options.yDomain) return options.yDomain;
  const values = drawn.flatMap(({ placed }) =>
    placed.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]),
  );
  const lines = (options.references ?? []).filter(({ axis }) => axis === 'y').map(({ value }) => value);
  return domain([...values, ...lines], options.logY ?? false);
}

function xDomain(options: AxesOptions, drawn: readonly Drawn[]): readonly [number, number] {
  const values = drawn.flatMap(({ placed }) => placed.map(({ x }) => x));
  const lines = (options.references ?? []).filter(({ axis }) => axis === 'x').map(({ value }) => value);
  return domain([...values, ...lines], options.logX ?? false);
}

const SUFFIXES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A number beside an axis: suffixes from a thousand up, powers of ten for the very small. */
export function tickLabel(value: number): string {
  const [scale, suffix] = SUFFIXES.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential().replace(/^(\d\.\d)\d+/, '$1');
  return `${Number((value / scale).toPrecision(3))}${suffix}`;
}

/** The first, and of the others those that leave room for the label before. */
function spaced(values: readonly number[], low: number, high: number): number[] {
  const kept: number[] = [];
  for (const value of values) {
    const gap = Math.log(value / (kept.at(-1) ?? 0)) / Math.log(high / low);
    if (gap > 0.11) kept.push(value);
  }
  return kept;
}

/** Places of a logarithmic axis to name: those measured when they are few, else 1, 2 and 5 times powers of ten. */
function logTicks([low, high]: readonly [number, number], measured: readonly number[]): number[] {
  const distinct = [...new Set(measured)].sort((a, b) => a - b);
  if (distinct.length > 1 && distinct.length <= 7) return spaced(distinct, low, high);
  const decades = Math.log10(high / low);
  const steps = decades < 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / 6));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => Math.floor(Math.log10(low)) + i);
  return powers
    .filter((power) => power % every === 0)
    .flatMap((power) => steps.map((step) => step * 10 ** power))
    .filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** A number as a reader wants it: at most four significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** A value with its interval in words, as shown when a point is pointed at. */
export function hoverText(
  name: string,
  { x, y, low, high }: Omit<Placed, 'x'> & { readonly x: number | null },
): string {
  const interval = low !== null && high !== null ? ` [${shortNumber(low)}, ${shortNumber(high)}]` : '';
  return `${name}: ${shortNumber(y)}${interval}${x === null ? '' : ` at ${shortNumber(x)}`}`;
}

/** Where an interval is known its ends, elsewhere gaps; ends below a logarithmic axis are drawn to its end. */
function intervals(points: readonly ChartPoint[], floor: number, log: boolean): Band[] {
  return points.map(({ x, y, low, high }) => {
    if (y === null || low == null || high == null) return { x, low: NaN, high: NaN };
    return { x, low: log && low <= 0 ? floor : low, high };
  });
}

function seriesMarks(series: Drawn, lines: boolean, floor: number, log: boolean): Plot.Markish[] {
  const { name, style, theory, placed } = series;
  const bands = intervals(series.points, floor, log);
  const known = bands.filter(({ low }) => !Number.isNaN(low));
  const asBand = lines && known.length > 1;
  const gaps = series.points.map(({ x, y }) => ({ x, y: y ?? NaN }));
  const stroke = { x: 'x', y: 'y', stroke: style.colour, strokeDasharray: style.dash };
  return [
    ...(asBand
      ? [Plot.areaY(bands, { x: 'x', y1: 'low', y2: 'high', fill: style.colour, fillOpacity: 0.15 })]
      : []),
    ...(asBand || known.length === 0
      ? []
      : [Plot.ruleX(known, { x: 'x', y1: 'low', y2: 'high', stroke: style.colour, strokeWidth: 1.5 })]),
    ...(lines || theory ? [Plot.line(gaps, { ...stroke, strokeWidth: theory ? 1.25 : 2 })] : []),
    ...(theory
      ? []
      : [
          Plot.dot(placed, {
            x: 'x',
            y: 'y',
            symbol: style.marker,
            fill: style.colour,
            r: lines && placed.length > 30 ? 2 : 4,
            title: (point: Placed) => hoverText(name, point),
          }),
        ]),
  ];
}

function referenceLine({ axis, value }: ReferenceLine): Plot.Markish {
  const line = { stroke: GROUND.light.muted, strokeDasharray: '3 4', strokeWidth: 1.25 };
  return axis === 'y' ? Plot.ruleY([value], line) : Plot.ruleX([value], line);
}

/** The label of a reference, with a halo so that it can be read over the data. */
function referenceLabel({ axis, value, label }: ReferenceLine): Plot.Markish {
  const halo = {
    stroke: GROUND.light.surface,
    strokeWidth: 4,
    paintOrder: 'stroke',
    strokeLinejoin: 'round',
  } as const;
  const text = { text: [label], fill: GROUND.light.muted, ...halo };
  return axis === 'y'
    ? Plot.text([value], { ...text, y: [value], frameAnchor: 'right', textAnchor: 'end', dy: -8 })
    : Plot.text([value], { ...text, x: [value], frameAnchor: 'top', textAnchor: 'start', dx: 5, dy: 6 });
}

/** Room for the numbers beside the y axis. */
function leftMargin([low, high]: readonly [number, number]): number {
  const sample = [low, high, (low + high) / 2].map(tickLabel);
  return Math.max(44, Math.min(84, 20 + Math.max(...sample.map((text) => textWidth(text)))));
}

/** What the chart shows in words, for those who do not see it. */
function describe(kind: string, { x, y, references = [] }: AxesOptions, drawn: readonly Drawn[]): string {
  const parts = drawn.map(({ name, placed }) => {
    const [first, last] = [placed[0], placed.at(-1)];
    if (!first || !last) return `${name}: no values`;
    if (placed.length === 1) return hoverText(name, first);
    const values = placed.map((point) => point.y);
    const ends = `from ${shortNumber(first.y)} at ${shortNumber(first.x)} to ${shortNumber(last.y)} at ${shortNumber(last.x)}`;
    return `${name}: ${ends}, least ${shortNumber(Math.min(...values))}, most ${shortNumber(Math.max(...values))}`;
  });
  const lines = references.map(({ label, axis, value }) => `line at ${axis} ${shortNumber(value)}: ${label}`);
  return `${kind} of ${y} against ${x}. ${[...parts, ...lines].join('. ')}.`;
}

function scale(
  label: string,
  log: boolean,
  ends: readonly [number, number],
  ticks: number | number[],
): Plot.ScaleOptions {
  return { type: log ? 'log' : 'linear', domain: [...ends], nice: !log, label, ticks, tickFormat: tickLabel };
}

/** A chart of series over two numeric axes. */
export function drawAxes(kind: 'Line chart' | 'Scatter plot', options: AxesOptions): string {
  const { title, width = 480, height = 280, logX = false, logY = false, references = [] } = options;
  const drawn = options.series.map(prepare);
  check(`${kind.toLowerCase()} '${title}'`, options, drawn);
  const lines = kind === 'Line chart';
  const [xs, ys] = [xDomain(options, drawn), yDomain(options, drawn)];
  const measured = drawn.flatMap(({ placed }) => placed.map(({ x }) => x));
  const panel: Plot.PlotOptions = {
    width,
    marginLeft: leftMargin(ys),
    marginRight: 22,
    marginTop: 44,
    marginBottom: 54,
    x: scale(options.x, logX, xs, logX ? logTicks(xs, measured) : Math.max(3, Math.round(width / 90))),
    y: scale(options.y, logY, ys, logY ? logTicks(ys, []) : 5),
    marks: [
      Plot.gridY({ stroke: GROUND.light.line, strokeOpacity: 1, ticks: logY ? logTicks(ys, []) : 5 }),
      ...references.map(referenceLine),
      ...drawn.flatMap((series) => seriesMarks(series, lines, ys[0], logY)),
      ...references.map(referenceLabel),
    ],
  };
  return composeChart({
    title,
    description: options.description ?? describe(kind, options, drawn),
    width,
    panels: (top) => {
      const entries = drawn.map(({ name, style, theory }) => ({
        name,
        style,
        line: lines || theory,
        marker: !theory,
      }));
      const legend = drawLegend(entries, width, top);
      return [legend, drawPanel(panel, height, top + legend.height)];
    },
  });
}
