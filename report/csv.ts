import type { Comparison } from '../eval/compare/comparison.js';
import type { ResultRow } from '../eval/compare/contract.js';

/** What a field holds; nothing is an empty one. */
export type Field = string | number | null | undefined;

/** A field by RFC 4180: quoted where it holds a comma, a quote or a line's end. */
function quote(value: Field): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows, the head first, as comma-separated values with all digits. */
export function csvText(rows: readonly (readonly Field[])[]): string {
  return rows.map((fields) => `${fields.map(quote).join(',')}\n`).join('');
}

function keysOf(rows: readonly ResultRow[], part: 'variant' | 'metrics'): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row[part])))];
}

/**
 * The rows as comma-separated values with a head, one line a cell; numbers as in results.jsonl.
 *
 * Curves and slices, which are lists, stay in results.jsonl.
 */
export function resultsCsv({ rows }: Comparison): string {
  const [variant, metrics] = [keysOf(rows, 'variant'), keysOf(rows, 'metrics')];
  const head = [
    'cell',
    'task',
    ...variant,
    'seed',
    'status',
    'reason',
    'learningRate',
    'metric',
    'unit',
    'best',
    'test',
    ...metrics.map((name) => `test.${name}`),
    'parameters',
    'stateBytes',
    'flopsPerToken',
  ];
  const lines = rows.map((row): Field[] => [
    row.cell,
    row.task,
    ...variant.map((key) => row.variant[key]),
    row.seed,
    row.status,
    row.reason,
    row.learningRate,
    row.metric,
    row.unit,
    row.best,
    row.test,
    ...metrics.map((name) => row.metrics[name]),
    row.cost.parameters,
    row.cost.stateBytes,
    row.cost.flopsPerToken,
  ]);
  return csvText([head, ...lines]);
}
