import * as Plot from '@observablehq/plot';
import { drawPanel, textWidth, TEXT_PX, type Panel } from './drawing.js';
import { GROUND, type SeriesStyle } from './palette.js';

/** A name beside a sample of how it is drawn. */
export interface LegendEntry {
  readonly name: string;
  readonly style: SeriesStyle;
  readonly line: boolean;
  readonly marker: boolean;
}

interface Placed extends LegendEntry {
  readonly left: number;
  readonly middle: number;
}

const SAMPLE_PX = 30;
const GAP_PX = 16;
const ROW_PX = TEXT_PX + 7;

/** The entries in rows from left to right, each row as full as it can be. */
function place(entries: readonly LegendEntry[], width: number): Placed[] {
  let [left, row] = [8, 0];
  return entries.map((entry) => {
    const needed = SAMPLE_PX + 6 + textWidth(entry.name);
    if (left > 8 && left + needed > width - 8) [left, row] = [8, row + 1];
    const placed = { ...entry, left, middle: row * ROW_PX + ROW_PX / 2 };
    left += needed + GAP_PX;
    return placed;
  });
}

function marks({ left, middle, style, line, marker, name }: Placed): Plot.Markish[] {
  const ends = [left, left + SAMPLE_PX];
  const centre = [left + SAMPLE_PX / 2];
  const { colour, dash } = style;
  return [
    ...(line
      ? [
          Plot.line(ends, {
            x: ends,
            y: [middle, middle],
            stroke: colour,
            strokeWidth: 2,
            strokeDasharray: dash,
          }),
        ]
      : []),
    ...(marker
      ? [Plot.dot(centre, { x: centre, y: [middle], symbol: style.marker, fill: colour, r: 4.5 })]
      : []),
    Plot.text([name], {
      x: [left + SAMPLE_PX + 6],
      y: [middle],
      text: [name],
      textAnchor: 'start',
      fill: GROUND.light.ink,
    }),
  ];
}

/** Names of the series with samples of their looks, in as many rows as they need. */
export function drawLegend(entries: readonly LegendEntry[], width: number, top: number): Panel {
  const placed = place(entries, width);
  const height = (placed.at(-1)?.middle ?? -ROW_PX / 2) + ROW_PX / 2;
  const identity = { type: 'identity', axis: null } as const;
  const options = { width, margin: 0, x: identity, y: identity, marks: placed.flatMap(marks) };
  return placed.length === 0 ? { svg: '', height: 0 } : drawPanel(options, height, top);
}
