import * as Plot from '@observablehq/plot';
import { DataError } from '../../src/core/errors.js';
import { shortNumber } from './axes.js';
import type { HeatMapOptions } from '../../eval/pictures.js';
import { composeChart, drawPanel, textWidth, TEXT_PX, type Panel } from './drawing.js';
import { GROUND } from './palette.js';

interface Cell {
  readonly row: number;
  readonly column: number;
  readonly value: number | null;
}

/** Colours of low to high values, as red, green and blue in [0, 255]; equal steps look equal without red or green. */
const RAMP = [
  [240, 246, 250],
  [158, 196, 225],
  [72, 133, 189],
  [24, 67, 130],
  [8, 20, 60],
] as const;
/** Orange below the centre, blue above it. */
const TWO_SIDED = [
  [127, 59, 8],
  [241, 163, 64],
  [247, 247, 247],
  [103, 169, 207],
  [5, 48, 97],
] as const;
/** Above this the numbers do not fit. */
const WRITTEN_CELLS = 200;
/** Above this the texts to hover would outweigh the picture. */
const HOVER_CELLS = 1024;
const RAMP_STEPS = 32;

type Rgb = readonly [number, number, number];

function colourAt(part: number, ramp: readonly Rgb[]): Rgb {
  const place = Math.min(Math.max(part, 0), 1) * (ramp.length - 1);
  const [below, above] = [ramp[Math.floor(place)], ramp[Math.ceil(place)]];
  const mix = (channel: 0 | 1 | 2): number => {
    const [a, b] = [below?.[channel] ?? 0, above?.[channel] ?? 0];
    return Math.round(a + (b - a) * (place - Math.floor(place)));
  };
  return [mix(0), mix(1), mix(2)];
}

/** Luminance of WCAG 2 in [0, 1]. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function rgb([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}

function check({ title, rows, columns, values }: HeatMapOptions): void {
  const where = `heat map '${title}'`;
  const bad = values.find((row) => row.length !== columns.length);
  if (values.length !== rows.length || bad || rows.length === 0 || columns.length === 0) {
    throw new DataError(
      `${where}: expected ${rows.length} rows of ${columns.length} values, above 0 each, got ${values.length} rows of ${bad?.length ?? columns.length}`,
    );
  }
  const strange = values.flat().find((value) => value !== null && !Number.isFinite(value));
  if (strange !== undefined) throw new DataError(`${where}: expected finite values or null, got ${strange}`);
}

/** Ends of the colours. */
function ends({ values, domain, centre }: HeatMapOptions): readonly [number, number] {
  if (domain) return domain;
  const known = values.flat().filter((value) => value !== null);
  if (known.length === 0) return [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (centre === undefined) return low < high ? [low, high] : [low - 0.5, high + 0.5];
  const reach = Math.max(high - centre, centre - low) || 0.5;
  return [centre - reach, centre + reach];
}

/** Every n-th label, so that they do not run into each other. */
function thinned(labels: readonly string[], roomPx: number, neededPx: number): number[] {
  const every = Math.max(1, Math.ceil((labels.length * neededPx) / roomPx));
  return labels.map((_, i) => i).filter((i) => i % every === 0);
}

function longest(labels: readonly string[]): number {
  return Math.max(...labels.map((label) => textWidth(label)));
}

interface Colours {
  readonly of: (value: number) => Rgb;
  readonly low: number;
  readonly high: number;
}

function colours(options: HeatMapOptions): Colours {
  const [low, high] = ends(options);
  const ramp = options.centre === undefined ? RAMP : TWO_SIDED;
  return { low, high, of: (value) => colourAt((value - low) / (high - low), ramp) };
}

function cellMarks(options: HeatMapOptions, cells: readonly Cell[], scale: Colours): Plot.Markish[] {
  const { rows, columns, format = (value: number) => String(Number(value.toPrecision(3))) } = options;
  const dark = rgb([0, 0, 0]);
  const ink = (value: number): string => (luminance(scale.of(value)) > 0.18 ? dark : rgb([255, 255, 255]));
  const written = cells.length <= WRITTEN_CELLS;
  const text = ({ value }: Cell): string => (!written ? '' : value === null ? '–' : format(value));
  return [
    Plot.cell(cells, {
      x: 'column',
      y: 'row',
      inset: written ? 1 : 0,
      shapeRendering: 'crispEdges',
      fill: ({ value }: Cell) => (value === null ? GROUND.light.line : rgb(scale.of(value))),
      ...(cells.length <= HOVER_CELLS && {
        title: ({ row, column, value }: Cell) =>
          `${rows[row] ?? ''}, ${columns[column] ?? ''}: ${value === null ? 'not measured' : format(value)}`,
      }),
    }),
    Plot.text(cells, {
      x: 'column',
      y: 'row',
      text,
      fill: ({ value }: Cell) => (value === null ? GROUND.light.ink : ink(value)),
    }),
  ];
}

/** The ramp of colours with its ends. */
function drawRamp(options: HeatMapOptions, { low, high, of }: Colours, width: number, top: number): Panel {
  const [left, right] = [8, 8 + 160];
  const steps = Array.from({ length: RAMP_STEPS }, (_, i) => i);
  const at = (i: number): number => left + ((right - left) * i) / RAMP_STEPS;
  const identity = { type: 'identity', axis: null } as const;
  const text = { textAnchor: 'start', fill: GROUND.light.ink } as const;
  const label = options.label ?? '';
  const marks = [
    Plot.rect(steps, {
      x1: at,
      x2: (i: number) => at(i + 1),
      y1: 6,
      y2: 18,
      fill: (i: number) => rgb(of(low + ((high - low) * (i + 0.5)) / RAMP_STEPS)),
    }),
    Plot.text([0], {
      ...text,
      x: [right + 8],
      y: [12],
      text: [`${shortNumber(low)} to ${shortNumber(high)} ${label}`.trim()],
    }),
  ];
  return drawPanel({ width, margin: 0, x: identity, y: identity, marks }, TEXT_PX + 10, top);
}

function describe({ rows, columns, values, label = 'values' }: HeatMapOptions): string {
  const at = values
    .flatMap((row, i) => row.map((value, j) => ({ name: `${rows[i] ?? ''}, ${columns[j] ?? ''}`, value })))
    .flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]))
    .sort((a, b) => a.value - b.value);
  const [least, most] = [at[0], at.at(-1)];
  const range =
    least && most
      ? `Least ${shortNumber(least.value)} at ${least.name}. Most ${shortNumber(most.value)} at ${most.name}.`
      : 'No values.';
  return `Heat map of ${label}, ${rows.length} rows by ${columns.length} columns. ${range}`;
}

/**
 * A table of numbers as colours, as one SVG element; the numbers are written in the cells of a small one.
 *
 * @throws DataError when the values do not fill rows by columns or one is not finite.
 */
export function heatMap(options: HeatMapOptions): string {
  check(options);
  const { title, rows, columns, values, width = 480 } = options;
  const scale = colours(options);
  const cells = values.flatMap((row, i) => row.map((value, j) => ({ row: i, column: j, value })));
  const marginLeft =
    Math.min(width * 0.45, 16 + longest(rows)) + (options.y === undefined ? 0 : TEXT_PX + 10);
  const room = width - marginLeft - 12;
  const upright = longest(columns) + 8 > room / Math.min(columns.length, 12);
  const marginBottom =
    (upright ? Math.min(160, longest(columns)) : TEXT_PX) + (options.x === undefined ? 16 : 38);
  const rowPx = Math.min(34, Math.max(rows.length > 40 ? 6 : 24, room / columns.length));
  const panel: Plot.PlotOptions = {
    width,
    marginTop: options.y === undefined ? 6 : 26,
    marginRight: 12,
    marginLeft,
    marginBottom,
    x: {
      type: 'band',
      domain: columns.map((_, i) => i),
      label: options.x ?? null,
      ticks: thinned(columns, room, upright ? TEXT_PX + 2 : longest(columns) + 8),
      tickFormat: (i: number) => columns[i] ?? '',
      tickRotate: upright ? -90 : 0,
      tickSize: 0,
      padding: 0,
    },
    y: {
      type: 'band',
      domain: rows.map((_, i) => i),
      label: options.y ?? null,
      labelOffset: marginLeft - 12,
      ticks: thinned(rows, rows.length * rowPx, TEXT_PX + 2),
      tickFormat: (i: number) => rows[i] ?? '',
      tickSize: 0,
      padding: 0,
    },
    marks: cellMarks(options, cells, scale),
  };
  return composeChart({
    title,
    description: options.description ?? describe(options),
    width,
    panels: (top) => {
      const ramp = drawRamp(options, scale, width, top);
      const height = Math.round(rows.length * rowPx) + marginBottom + (options.y === undefined ? 6 : 26);
      return [ramp, drawPanel(panel, height, top + ramp.height)];
    },
  });
}
