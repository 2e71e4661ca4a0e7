import * as Plot from '@observablehq/plot';
import { DataError } from '../../src/core/errors.js';
import { hoverText, tickLabel } from './axes.js';
import type { IntervalChartOptions, IntervalRow } from '../../eval/pictures.js';
import { composeChart, drawPanel, TEXT_PX } from './drawing.js';
import { GROUND, seriesStyle, type SeriesStyle } from './palette.js';

const ROW_PX = 44;

interface Placed {
  readonly name: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly samples: readonly number[];
  readonly colour: string;
  readonly symbol: SeriesStyle['marker'];
  readonly middle: number;
}

function place(
  { name, value, low = null, high = null, samples = [], style }: IntervalRow,
  row: number,
): Placed {
  const { colour, marker } = seriesStyle(style ?? row);
  return { name, value, low, high, samples, colour, symbol: marker, middle: row + 0.62 };
}

function numbersOf({ value, low, high, samples }: Placed): number[] {
  return [value, ...(low === null ? [] : [low]), ...(high === null ? [] : [high]), ...samples];
}

function marks(row: Placed): Plot.Markish[] {
  const { name, value, low, high, samples, colour, symbol, middle } = row;
  return [
    Plot.text([name], {
      x: [value],
      y: [middle],
      text: [name],
      frameAnchor: 'left',
      dy: -18,
      fill: GROUND.light.ink,
    }),
    ...(low === null || high === null
      ? []
      : [Plot.ruleY([middle], { x1: low, x2: high, stroke: colour, strokeWidth: 2.5 })]),
    Plot.dot(samples, {
      x: (sample: number) => sample,
      y: middle,
      r: 2.5,
      stroke: colour,
      fill: GROUND.light.surface,
    }),
    Plot.dot([value], {
      x: [value],
      y: [middle],
      symbol,
      fill: colour,
      r: 5,
      title: () => hoverText(name, { x: null, y: value, low, high }),
    }),
  ];
}

function describe({ title, x }: IntervalChartOptions, rows: readonly Placed[]): string {
  const parts = rows.map(({ name, value, low, high }) => hoverText(name, { x: null, y: value, low, high }));
  return `${title}, ${x}. ${parts.join('. ')}.`;
}

/**
 * A value and its interval a row, with the single samples as rings, as one SVG element.
 *
 * @throws DataError when there are no rows or a number is not finite.
 */
export function intervalChart(options: IntervalChartOptions): string {
  const { title, x, width = 480, references = [] } = options;
  const rows = options.rows.map(place);
  const numbers = [...rows.flatMap(numbersOf), ...references.map(({ value }) => value)];
  const strange = numbers.find((value) => !Number.isFinite(value));
  if (rows.length === 0 || strange !== undefined) {
    throw new DataError(
      `interval chart '${title}': expected rows of finite values, got ${strange ?? 'none'}`,
    );
  }
  const height = rows.length * ROW_PX + 64;
  const panel: Plot.PlotOptions = {
    width,
    margin: 16,
    marginTop: 10,
    marginBottom: 54,
    marginRight: 24,
    x: { label: x, nice: true, ticks: Math.round(width / 90), tickFormat: tickLabel },
    y: { domain: [rows.length, 0], axis: null },
    marks: [
      Plot.gridX({ stroke: GROUND.light.line, strokeOpacity: 1, ticks: Math.round(width / 90) }),
      ...references.flatMap(({ value, label }) => [
        Plot.ruleX([value], { stroke: GROUND.light.muted, strokeDasharray: '3 4' }),
        Plot.text([value], {
          x: [value],
          text: [label],
          frameAnchor: 'bottom',
          dy: -TEXT_PX / 2,
          fill: GROUND.light.muted,
        }),
      ]),
      ...rows.flatMap(marks),
    ],
  };
  return composeChart({
    title,
    description: options.description ?? describe(options, rows),
    width,
    panels: (top) => [drawPanel(panel, height, top)],
  });
}
