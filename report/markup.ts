/** Markup that is safe to place in a page. */
export interface Markup {
  readonly markup: string;
}

/** What may stand inside a page: markup as it is, all else escaped; lists one after the other. */
export type Content = Markup | string | number | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The five characters of markup as entities. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

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
