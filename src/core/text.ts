/** 32 bits of a text (FNV-1a), the same on every machine. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Characters of a value in a message, at most. */
const LONGEST_SHOWN = 200;

/** The name of the class that made an object; undefined of a plain one and of what is no object. */
function classOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { constructor: made } = value;
  return typeof made !== 'function' || made === Object ? undefined : made.name;
}

/** A value as messages show it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  const made = classOf(value);
  if (made !== undefined) return `an object of class ${made}`;
  // JSON has neither NaN nor infinity.
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : typeof value === 'number'
        ? String(value)
        : (JSON.stringify(value) ?? typeof value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

/** The message of what was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first three of many names, and how many more there are: `a, b, c, and 2 more`. */
export function fewOf(names: readonly string[]): string {
  return [...names.slice(0, 3), ...(names.length > 3 ? [`and ${names.length - 3} more`] : [])].join(', ');
}

/** A time as reports give it: in UTC, to the minute. */
export function reportDate(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * `3 seeds`, `1 seed`, `2 stories`.
 *
 * @param shownAs the count as it is written. Default: its digits.
 */
export function counted(count: number, noun: string, shownAs = String(count)): string {
  if (count === 1) return `${shownAs} ${noun}`;
  if (/[^aeiou]y$/.test(noun)) return `${shownAs} ${noun.slice(0, -1)}ies`;
  return `${shownAs} ${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}
