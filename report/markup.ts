import { escapeMarkup } from './plots/drawing.js';

/** Markup that is safe to place in a page. */
export interface Markup {
  readonly markup: string;
}

/** What may stand inside a page: markup as it is, all else escaped; lists one after the other. */
export type Content = Markup | string | number | readonly Content[];

/** Markup that was made elsewhere and is safe, such as a chart. */
export function trusted(markup: string): Markup {
  return { markup };
}

function write(content: Content): string {
  if (typeof content === 'string') return escapeMarkup(content);
  if (typeof content === 'number') return escapeMarkup(String(content));
  return 'markup' in content ? content.markup : content.map(write).join('');
}

/** A template of a page: what is put in is escaped unless it is markup itself. */
export function page(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: strings.map((text, i) => text + write(contents[i] ?? '')).join('') };
}
