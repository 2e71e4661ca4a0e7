import { z } from 'zod';
import * as Plot from '@observablehq/plot';
import type { HeatMapOptions } from '../../eval/pictures.js';
import { DataError } from '../../src/core/errors.js';
import { callback, list, optionsCheck } from '../../src/core/options.js';
import {
  chartFields,
  checkFinite,
  composeChart,
  drawPanel,
  PIXELS,
  shortNumber,
  textWidth,
  TEXT_PX,
  type Panel,
} from './drawing.js';
import { GROUND } from './palette.js';

const checkOptions = optionsCheck<HeatMapOptions>({
  ...chartFields,
  rows: list<readonly string[]>(),
  columns: list<readonly string[]>(),
  values: list<HeatMapOptions['values']>(),
  x: z.string().optional(),
  y: z.string().optional(),
  label: z.string().optional(),
  domain: list<readonly [number, number]>().optional(),
  centre: z.number().optional(),
  format: callback<(value: number) => string>().optional(),
});

interface Cell {
  readonly row: number;
  readonly column: number;
  readonly value: number | null;
}

/** Above this the numbers do not fit. */
const WRITTEN_CELLS = 200;
/** Above this the texts to hover would outweigh the picture. */
const HOVER_CELLS = 1024;

function check({ title, rows, columns, values }: HeatMapOptions): void {
  const where = `heat map '${title}'`;
  const short = values.find((row) => row.length !== columns.length);
  if (values.length !== rows.length || short || rows.length === 0 || columns.length === 0) {
    throw new DataError(
      `${where}: expected ${rows.length} rows of ${columns.length} values, above 0 each, got ${values.length} rows of ${short?.length ?? columns.length}`,
    );
  }
  checkFinite(
    where,
    values.flat().filter((value) => value !== null),
  );
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

/** One ramp of blues, or red below a centre and blue above it; both can be told apart by all eyes. */
function colours(options: HeatMapOptions): Plot.ScaleOptions {
  const domain = [...ends(options)];
  const { centre } = options;
  return centre === undefined
    ? { type: 'linear', scheme: 'Blues', domain, clamp: true }
    : { type: 'diverging', scheme: 'RdBu', domain, pivot: centre, symmetric: false, clamp: true };
}

/** Every n-th label, so that they do not run into each other. */
function thinned(labels: readonly string[], roomPx: number, neededPx: number): number[] {
  const every = Math.max(1, Math.ceil((labels.length * neededPx) / roomPx));
  return labels.map((_, i) => i).filter((i) => i % every === 0);
}

function longest(labels: readonly string[]): number {
  return Math.max(...labels.map((label) => textWidth(label)));
}

function cellMarks(options: HeatMapOptions, cells: readonly Cell[]): Plot.Markish[] {
  const { rows, columns, centre, format = (value: number) => String(Number(value.toPrecision(3))) } = options;
  const [low, high] = ends(options);
  const { ink, line } = GROUND.light;
  const written = cells.length <= WRITTEN_CELLS;
  const at = { x: 'column', y: 'row' };
  const title = ({ row, column, value }: Cell): string =>
    `${rows[row] ?? ''}, ${columns[column] ?? ''}: ${value === null ? 'not measured' : format(value)}`;
  const look = {
    ...at,
    inset: written ? 1 : 0,
    shapeRendering: 'crispEdges',
    ...(cells.length <= HOVER_CELLS && { title }),
  };
  // White letters where the schemes are darker than 0.18 of white.
  const isDark = (value: number): boolean => {
    const part = (value - low) / (high - low);
    return centre === undefined ? part > 0.72 : Math.abs(part - 0.5) > 0.3;
  };
  const known = cells.filter(({ value }) => value !== null);
  const letters = (own: readonly Cell[], fill: string): Plot.Markish =>
    Plot.text(own, { ...at, text: ({ value }: Cell) => (value === null ? '–' : format(value)), fill });
  const [dark, light] = [true, false].map((is) => known.filter(({ value }) => isDark(value ?? NaN) === is));
  return [
    Plot.cell(known, { ...look, fill: 'value' }),
    Plot.cell(
      cells.filter(({ value }) => value === null),
      { ...look, fill: line },
    ),
    ...(written
      ? [
          letters(dark ?? [], 'white'),
          letters(light ?? [], 'black'),
          letters(
            cells.filter(({ value }) => value === null),
            ink,
          ),
        ]
      : []),
  ];
}

const RAMP = { left: 8, width: 160, steps: 32 };

/** The ramp of colours with its ends. */
function drawRamp(options: HeatMapOptions, width: number, top: number): Panel {
  const [low, high] = ends(options);
  const step = RAMP.width / RAMP.steps;
  const steps = Array.from({ length: RAMP.steps }, (_, i) => i);
  const label = `${shortNumber(low)} to ${shortNumber(high)} ${options.label ?? ''}`.trim();
  const marks = [
    Plot.rect(steps, {
      x1: (i: number) => RAMP.left + i * step,
      x2: (i: number) => RAMP.left + (i + 1) * step,
      y1: 6,
      y2: 18,
      fill: (i: number) => low + ((high - low) * (i + 0.5)) / RAMP.steps,
    }),
    Plot.text([label], {
      x: [RAMP.left + RAMP.width + 8],
      y: [12],
      text: [label],
      textAnchor: 'start',
      fill: GROUND.light.ink,
    }),
  ];
  return drawPanel({ width, margin: 0, ...PIXELS, color: colours(options), marks }, TEXT_PX + 10, top);
}

function describe({ rows, columns, values, label = 'values' }: HeatMapOptions): string {
  const known = values
    .flatMap((row, i) => row.map((value, j) => ({ name: `${rows[i] ?? ''}, ${columns[j] ?? ''}`, value })))
    .flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]))
    .sort((a, b) => a.value - b.value);
  const [least, most] = [known[0], known.at(-1)];
  const range =
    least && most
      ? `Least ${shortNumber(least.value)} at ${least.name}. Most ${shortNumber(most.value)} at ${most.name}.`
      : 'No values.';
  return `Heat map of ${label}, ${rows.length} rows by ${columns.length} columns. ${range}`;
}

/** A band of an axis for each label, of which those that fit are written. */
function bands(
  labels: readonly string[],
  ticks: readonly number[],
  label: string | undefined,
): Plot.ScaleOptions {
  return {
    type: 'band',
    domain: labels.map((_, i) => i),
    label: label ?? null,
    ticks: [...ticks],
    tickFormat: (i: number) => labels[i] ?? '',
    tickSize: 0,
    padding: 0,
  };
}

/**
 * A table of numbers as colours, as one SVG element; the numbers are written in the cells of a small one.
 *
 * @throws DataError when the values do not fill rows by columns or one is not finite.
 */
export function heatMap(options: HeatMapOptions): string {
  check(checkOptions('heatMap', options));
  const { title, rows, columns, values, x, y, width = 480 } = options;
  const cells = values.flatMap((row, i) => row.map((value, j) => ({ row: i, column: j, value })));
  const marginLeft = Math.min(width * 0.45, 16 + longest(rows)) + (y === undefined ? 0 : TEXT_PX + 10);
  const room = width - marginLeft - 12;
  const upright = longest(columns) + 8 > room / Math.min(columns.length, 12);
  const marginTop = y === undefined ? 6 : 26;
  const marginBottom = (upright ? Math.min(160, longest(columns)) : TEXT_PX) + (x === undefined ? 16 : 38);
  const rowPx = Math.min(34, Math.max(rows.length > 40 ? 6 : 24, room / columns.length));
  const columnTicks = thinned(columns, room, upright ? TEXT_PX + 2 : longest(columns) + 8);
  const rowTicks = thinned(rows, rows.length * rowPx, TEXT_PX + 2);
  const panel: Plot.PlotOptions = {
    width,
    marginTop,
    marginRight: 12,
    marginLeft,
    marginBottom,
    x: { ...bands(columns, columnTicks, x), tickRotate: upright ? -90 : 0 },
    y: { ...bands(rows, rowTicks, y), labelOffset: marginLeft - 12 },
    color: colours(options),
    marks: cellMarks(options, cells),
  };
  return composeChart({
    title,
    description: options.description ?? describe(options),
    width,
    panels: (top) => {
      const ramp = drawRamp(options, width, top);
      const height = Math.round(rows.length * rowPx) + marginBottom + marginTop;
      return [ramp, drawPanel(panel, height, top + ramp.height)];
    },
  });
}
