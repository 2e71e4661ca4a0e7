import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { ConfigError } from './errors.js';

/** Characters that a file of settings may have; a hundred times what one needs. */
const LONGEST = 1_000_000;
/** Bytes of a file of so many characters at most. */
export const MOST_YAML_BYTES = 4 * LONGEST;
/** Keys that one mapping may have; each that is not known is compared with those that are. */
const MOST_KEYS = 1000;
/** Faults that are told at once. */
const MOST_FAULTS = 20;

/** A YAML text with its value and its places. */
export interface YamlText {
  /** JSON: no circles. */
  readonly value: unknown;
  /** `name:line:column` of the value at a path; undefined when it is not there. */
  readonly locate: (path: readonly PropertyKey[]) => string | undefined;
}

/** A line for each of the first so many faults, and how many more there are. */
export function fewLines<T>(faults: readonly T[], line: (fault: T) => string): string {
  const more = faults.length - MOST_FAULTS;
  const lines = faults.slice(0, MOST_FAULTS).map(line);
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/**
 * Reads YAML, or JSON, which it contains.
 *
 * @param name stands for the text in messages
 * @throws ConfigError, with line and column, whatever the library finds wrong: syntax, keys given twice, aliases of
 *   nothing, of themselves, or that unfold to more than they should.
 */
export function parseYaml(text: string, name: string): YamlText {
  if (text.length > LONGEST) {
    throw new ConfigError(`${name}: expected settings of at most ${LONGEST} characters, got ${text.length}`);
  }
  const lines = new LineCounter();
  // The library compares each key with all others of its mapping; `keyFaults` does it in one pass.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const errors = document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`);
  const faults = [...keyFaults(document, place), ...errors];
  if (faults.length > 0) throw new ConfigError(fewLines(faults, (fault) => fault));
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value); // throws for a circle
    return { value, locate: (path) => locateIn(document, path, place) };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ConfigError(
      `${firstAlias(document, place) ?? name}: expected aliases that can be put in, got: ${reason}; write the values out`,
      { cause: error },
    );
  }
}

function locateIn(
  document: Document,
  path: readonly PropertyKey[],
  place: (offset: number) => string,
): string | undefined {
  const node: unknown = path.length > 0 ? document.getIn(path, true) : document.contents;
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  const offset: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof offset === 'number' ? place(offset) : undefined;
}

function keyFaults(document: Document, place: (offset: number) => string): string[] {
  const faults: string[] = [];
  visit(document, {
    Map(_, map) {
      if (map.items.length > MOST_KEYS) {
        faults.push(
          `${place(map.range?.[0] ?? 0)}: expected at most ${MOST_KEYS} keys here, got ${map.items.length}`,
        );
        return visit.SKIP;
      }
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          faults.push(
            `${place(key.range?.[0] ?? 0)}: Map keys must be unique, got '${String(key.value)}' twice`,
          );
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return faults;
}

function firstAlias(document: Document, place: (offset: number) => string): string | undefined {
  let found: string | undefined;
  visit(document, {
    Alias(_, { range }) {
      found = place(range?.[0] ?? 0);
      return visit.BREAK;
    },
  });
  return found;
}

/**
 * The value of a text that was typed: a number, `true`, `null`, `[a, b]`, `{a: 1}` or a quoted text, as YAML has them,
 * and otherwise the text as it is: what YAML would take for a comment, a tag, an anchor or a block belongs to it.
 */
export function typedValue(text: string): unknown {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { prettyErrors: false });
  } catch {
    return text;
  }
  const { contents, errors, warnings } = document;
  if (text.trim() === '') return null;
  if (errors.length > 0 || warnings.length > 0 || contents === null || isAlias(contents)) return text;
  const [begin, end] = contents.range;
  const isWhole = text.slice(0, begin).trim() === '' && text.slice(end).trim() === '';
  if (!isWhole || contents.tag !== undefined || contents.anchor !== undefined) return text;
  if (isScalar(contents)) {
    const isQuoted = contents.type === 'QUOTE_DOUBLE' || contents.type === 'QUOTE_SINGLE';
    return typeof contents.value === 'string' && !isQuoted ? text : contents.value;
  }
  if (!(isMap(contents) || 'items' in contents) || contents.flow !== true) return text;
  try {
    return document.toJS();
  } catch {
    return text;
  }
}
