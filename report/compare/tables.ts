import { page, type Content, type Markup } from '../markup.js';

/** A cell of a table: markup or text, or a number that keeps all its digits for machines. */
export interface TableCell {
  readonly content: Content;
  readonly kind?: 'text' | 'words' | 'better' | 'worse' | 'none';
}

/** A table with a head, whose first column names its rows. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly cells: readonly TableCell[];
    readonly id?: string;
  }[];
}

/** A number as readers want it, with the exact one beside it for machines. */
export function exact(value: number, shown: string): Markup {
  return page`<data value="${value}">${shown}</data>`;
}

function cellMarkup({ content, kind }: TableCell): Markup {
  return kind === undefined ? page`<td>${content}</td>` : page`<td class="${kind}">${content}</td>`;
}

/** A table that scrolls by itself where the page is narrow, also by keyboard. */
export function tableMarkup({ caption, head, rows }: Table): Markup {
  const heads = head.map((name) => page`<th scope="col">${name}</th>`);
  const lines = rows.map(({ name, cells, id }) => {
    const mark = id === undefined ? '' : page` data-cell="${id}"`;
    return page`<tr${mark}><th scope="row">${name}</th>${cells.map(cellMarkup)}</tr>`;
  });
  return page`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption><span>${caption}</span></caption><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}
