import { z } from 'zod';
import { createHash } from 'node:crypto';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { DataError } from '../../src/core/errors.js';
import { escapeMarkup } from '../markup.js';
import { chartStyle, GROUND } from './palette.js';

/** Options that every chart has. */
export const chartFields = {
  title: z.string(),
  description: z.string().optional(),
  width: z.number().optional(),
};

/** A drawn part of a chart, to be placed in the whole. */
export interface Panel {
  readonly svg: string;
  readonly height: number;
}

/** What of the DOM's SVGSVGElement is used here; the project is compiled without the DOM's types. */
interface SvgElement {
  readonly outerHTML: string;
  querySelector(selectors: string): { remove(): void } | null;
  removeAttribute(name: string): void;
  setAttribute(name: string, value: string): void;
}

/** Text size of all charts in pixels: legible when a chart is shrunk to the width of a phone. */
export const TEXT_PX = 14;

/** Scales for marks that are placed by pixels. */
export const PIXELS = { x: { type: 'identity', axis: null }, y: { type: 'identity', axis: null } } as const;

/** Width of a text in pixels, over rather than under: no fonts are measured. */
export function textWidth(text: string, size = TEXT_PX): number {
  return Array.from(text).length * size * 0.6;
}

/** A number as a reader wants it: at most four significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** How the numbers beside an axis are written: by default as they are, from thousands up with SI prefixes. */
export function tickFormat(values: readonly number[]): string | undefined {
  return Math.max(...values.map(Math.abs)) >= 1000 ? '~s' : undefined;
}

/** @throws DataError when one of the values is not finite. */
export function checkFinite(where: string, values: readonly number[]): void {
  const stray = values.find((value) => !Number.isFinite(value));
  if (stray !== undefined) throw new DataError(`${where}: expected finite values, got ${stray}`);
}

/** A value with its interval in words, as shown when a point is pointed at. */
export function hoverText(
  name: string,
  { value, low, high }: { readonly value: number; readonly low: number | null; readonly high: number | null },
  x?: number,
): string {
  const interval = low !== null && high !== null ? ` [${shortNumber(low)}, ${shortNumber(high)}]` : '';
  return `${name}: ${shortNumber(value)}${interval}${x === undefined ? '' : ` at ${shortNumber(x)}`}`;
}

/** Marks and scales drawn `top` pixels below the start of the whole. */
export function drawPanel(options: Plot.PlotOptions, height: number, top: number): Panel {
  // linkedom's own types name the DOM's, which are unknown here.
  const { document } = parseHTML('<html><body></body></html>') as { readonly document: unknown };
  const style = { fontSize: `${TEXT_PX}px`, color: GROUND.light.ink };
  // Plot's type needs the DOM's; without a caption, a title and legends the result is one svg element.
  const element = Plot.plot({
    ...options,
    document,
    height,
    style,
    className: 'panel',
  }) as unknown as SvgElement;
  element.querySelector('style')?.remove();
  for (const name of ['class', 'style']) element.removeAttribute(name);
  element.setAttribute('font-size', String(TEXT_PX));
  element.setAttribute('fill', GROUND.light.ink);
  element.setAttribute('y', String(top));
  return { svg: element.outerHTML.replaceAll('currentColor', GROUND.light.ink), height };
}

/** A bold title broken into lines that fit. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, TEXT_PX + 2) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What all charts are wrapped in: names for those who do not see them, ground, title, style. */
interface Whole {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  /** Draws what is below the title, given where it starts. */
  readonly panels: (top: number) => readonly Panel[];
}

/**
 * A chart as one SVG element that needs nothing else: a title and description for screen readers, its own ground,
 * colours for light, dark and print.
 */
export function composeChart({ title, description, width, panels }: Whole): string {
  const lines = wrap(title, width - 16);
  const top = 10 + lines.length * (TEXT_PX + 5);
  const drawn = panels(top);
  const height = top + drawn.reduce((sum, panel) => sum + panel.height, 0);
  const content = [title, description, ...drawn.map(({ svg }) => svg)].join('|');
  const name = `chart-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
  const heading = lines.map(
    (line, i) =>
      `<text x="8" y="${8 + TEXT_PX + i * (TEXT_PX + 5)}" font-size="${TEXT_PX + 1}" font-weight="600" fill="${GROUND.light.ink}">${escapeMarkup(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${name}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${name}-t ${name}-d" font-family="system-ui, sans-serif">`,
    `<title id="${name}-t">${escapeMarkup(title)}</title>`,
    `<desc id="${name}-d">${escapeMarkup(description)}</desc>`,
    `<style>${chartStyle(name)}</style>`,
    `<rect width="${width}" height="${height}" fill="${GROUND.light.surface}"/>`,
    ...heading,
    ...drawn.map(({ svg }) => svg),
    '</svg>',
  ].join('');
}
