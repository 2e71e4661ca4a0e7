import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from '../markup.js';
import { chartStyle, GROUND } from './palette.js';

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

/** Width of a text in pixels, over rather than under: no fonts are measured. */
export function textWidth(text: string, size = TEXT_PX): number {
  return Array.from(text).length * size * 0.6;
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

/** Eight hexadecimal digits that differ between texts (FNV-1a). */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A title broken into lines that fit. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What all charts are wrapped in: names for those who do not see them, ground, title, style. */
export interface Whole {
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
  const name = `chart-${shortHash([title, description, ...drawn.map((panel) => panel.svg)].join('|'))}`;
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
    ...drawn.map((panel) => panel.svg),
    '</svg>',
  ].join('');
}
