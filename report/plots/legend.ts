import * as Plot from '@observablehq/plot';
import { drawPanel, PIXELS, textWidth, TEXT_PX, type Panel } from './drawing.js';
import { GROUND, seriesStyle, type SeriesStyle } from './palette.js';

/** A name beside a sample of how it is drawn. */
export interface LegendEntry {
  readonly name: string;
  readonly style: SeriesStyle;
  readonly line: boolean;
  readonly marker: boolean;
}

const SAMPLE_PX = 30;
const GAP_PX = 16;
const ROW_PX = TEXT_PX + 7;

/** A sample of how a series is drawn. */
function sample({ name, style, line, marker }: LegendEntry, left: number, middle: number): Plot.Markish[] {
  const ends = [left, left + SAMPLE_PX];
  const stroke = { stroke: style.colour, strokeWidth: 2, strokeDasharray: style.dash };
  const dot = { x: [left + SAMPLE_PX / 2], y: [middle], symbol: style.marker, fill: style.colour, r: 4.5 };
  return [
    ...(line ? [Plot.line(ends, { x: ends, y: [middle, middle], ...stroke })] : []),
    ...(marker ? [Plot.dot([name], dot)] : []),
  ];
}

function marks(entry: LegendEntry, left: number, middle: number): Plot.Markish[] {
  const at = { x: [left + SAMPLE_PX + 6], y: [middle] };
  const words = { text: [entry.name], textAnchor: 'start', fill: GROUND.light.ink } as const;
  return [...sample(entry, left, middle), Plot.text([entry.name], { ...at, ...words })];
}

/** Names of the series with samples of their looks from left to right, in as many rows as they need. */
export function drawLegend(entries: readonly LegendEntry[], width: number, top: number): Panel {
  let [left, row] = [8, 0];
  const drawn = entries.flatMap((entry) => {
    const needed = SAMPLE_PX + 6 + textWidth(entry.name);
    if (left > 8 && left + needed > width - 8) [left, row] = [8, row + 1];
    const own = marks(entry, left, row * ROW_PX + ROW_PX / 2);
    left += needed + GAP_PX;
    return own;
  });
  if (entries.length === 0) return { svg: '', height: 0 };
  return drawPanel({ width, margin: 0, ...PIXELS, marks: drawn }, (row + 1) * ROW_PX, top);
}

/** A sample of how the series at this place among the looks is drawn, as one SVG element for a legend in the page. */
export function seriesSample(place: number): string {
  const entry = { name: '', style: seriesStyle(place), line: true, marker: true };
  const drawn = sample(entry, 0, ROW_PX / 2);
  return drawPanel({ width: SAMPLE_PX, margin: 0, ...PIXELS, marks: drawn }, ROW_PX, 0).svg;
}
