/** Text of which nothing is taken for a tag, as of `Array<number>`. */
export function markdownText(text: string): string {
  return text.replaceAll(/<(?=[a-z/!?])/gi, '\\<');
}

/** Text that may stand in a cell of a table. */
function cell(text: string): string {
  return markdownText(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** The lines of a table; columns of numbers may be set right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = head.map((_, i) => (rightAligned.includes(i) ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)];
}
