import { z } from 'zod';
import * as Plot from '@observablehq/plot';
import type { IntervalChartOptions, IntervalRow } from '../../eval/pictures.js';
import { DataError } from '../../src/core/errors.js';
import { list, optionsCheck } from '../../src/core/options.js';
import {
  chartFields,
  checkFinite,
  composeChart,
  drawPanel,
  hoverText,
  TEXT_PX,
  tickFormat,
} from './drawing.js';
import { GROUND, seriesStyle } from './palette.js';

const checkOptions = optionsCheck<IntervalChartOptions>({
  ...chartFields,
  x: z.string(),
  rows: list<readonly IntervalRow[]>(),
  references: list<NonNullable<IntervalChartOptions['references']>>().optional(),
});

const ROW_PX = 44;

function numbersOf({ value, low, high, samples = [] }: IntervalRow): number[] {
  return [value, low ?? value, high ?? value, ...samples];
}

function hover({ name, value, low = null, high = null }: IntervalRow): string {
  return hoverText(name, { value, low, high });
}

function marks(row: IntervalRow, position: number): Plot.Markish[] {
  const { name, value, low = null, high = null, samples = [] } = row;
  const { colour, marker } = seriesStyle(row.style ?? position);
  const middle = position + 0.62;
  const { ink, surface } = GROUND.light;
  const at = { x: [value], y: [middle] };
  return [
    Plot.text([name], { ...at, text: [name], frameAnchor: 'left', dy: -18, fill: ink }),
    ...(low === null || high === null
      ? []
      : [Plot.ruleY([middle], { x1: low, x2: high, stroke: colour, strokeWidth: 2.5 })]),
    Plot.dot(samples, { x: (sample: number) => sample, y: middle, r: 2.5, stroke: colour, fill: surface }),
    Plot.dot([value], { ...at, symbol: marker, fill: colour, r: 5, title: () => hover(row) }),
  ];
}

function referenceMarks({
  value,
  label,
}: {
  readonly value: number;
  readonly label: string;
}): Plot.Markish[] {
  const { muted } = GROUND.light;
  return [
    Plot.ruleX([value], { stroke: muted, strokeDasharray: '3 4' }),
    Plot.text([value], { x: [value], text: [label], frameAnchor: 'bottom', dy: -TEXT_PX / 2, fill: muted }),
  ];
}

/**
 * Values with their intervals, one per row, with the single samples as rings, as one SVG element.
 *
 * @throws DataError when there are no rows or a number is not finite.
 */
export function intervalChart(options: IntervalChartOptions): string {
  const { title, x, rows, width = 480, references = [] } = checkOptions('intervalChart', options);
  const where = `interval chart '${title}'`;
  if (rows.length === 0) throw new DataError(`${where}: expected at least one row, got none`);
  const numbers = [...rows.flatMap(numbersOf), ...references.map(({ value }) => value)];
  checkFinite(where, numbers);
  const ticks = Math.round(width / 90);
  const format = tickFormat(numbers);
  const panel: Plot.PlotOptions = {
    width,
    margin: 16,
    marginTop: 10,
    marginBottom: 54,
    marginRight: 24,
    x: { label: x, nice: true, ticks, ...(format !== undefined && { tickFormat: format }) },
    y: { domain: [rows.length, 0], axis: null },
    marks: [
      Plot.gridX({ stroke: GROUND.light.line, strokeOpacity: 1, ticks }),
      ...references.flatMap(referenceMarks),
      ...rows.flatMap(marks),
    ],
  };
  return composeChart({
    title,
    description: options.description ?? `${title}, ${x}. ${rows.map(hover).join('. ')}.`,
    width,
    panels: (top) => [drawPanel(panel, rows.length * ROW_PX + 64, top)],
  });
}
