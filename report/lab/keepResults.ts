import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvText } from '../csv.js';
import { toJson } from '../json.js';
import type { LabTable } from './labTables.js';

/** A table as CSV, with its head and all digits. */
export function toCsv({ head, rows }: LabTable): string {
  return csvText([head, ...rows]);
}

/**
 * Writes a document and its tables into a folder: `NAME.json`, `NAME.csv`, and `NAME-TABLE.csv` for tables
 * beyond the first.
 */
export async function keepResults(
  folder: string,
  name: string,
  document: unknown,
  tables: Readonly<Record<string, LabTable>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), toJson(document));
  for (const [i, [label, table]] of Object.entries(tables).entries()) {
    await writeFile(join(folder, `${name}${i === 0 ? '' : `-${label}`}.csv`), toCsv(table));
  }
}

/** Writes pictures into a folder: `NAME-CHART.svg`. */
export async function keepCharts(
  folder: string,
  name: string,
  charts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [label, svg] of Object.entries(charts)) {
    await writeFile(join(folder, `${name}-${label}.svg`), `${svg}\n`);
  }
}
