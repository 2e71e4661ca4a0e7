/** Takes the remark on a whole file, or false where there is nothing to say. */
export type Remark = (text: string | false) => void;

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${JSON.stringify(value)}`;
}

/** The remark on rows that hold no text. */
export function withoutText(path: string, empty: number, rows: number): string {
  return `${path}: ${empty} of ${rows} rows have no text (null) and are left out`;
}
