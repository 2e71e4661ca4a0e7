import { visibleJson } from '../src/core/visible.js';

function write(value: unknown, indent: string): string {
  // JSON has no text for undefined; in a list it stands as null.
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, inner));
    const simple = value.every((item) => item === null || typeof item !== 'object');
    return simple ? `[${items.join(', ')}]` : `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]`;
  }
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => `${JSON.stringify(name)}: ${write(item, inner)}`);
  return fields.length === 0 ? '{}' : `{\n${inner}${fields.join(`,\n${inner}`)}\n${indent}}`;
}

/** A JSON document for people and programs: two-space indented, lists of simple values on one line. */
export function toJson(value: unknown): string {
  return `${visibleJson(write(value, ''))}\n`;
}
