import { join } from 'node:path';
import { makeFolder, replaceFile } from '../src/core/atomicFile.js';
import { made, optionsCheck } from '../src/core/options.js';
import { toJson } from './json.js';
import { csvTable, type Table } from './table.js';

/** What a report leaves in its folder, each by the name of its file without the ending. */
export interface Report {
  /** `NAME.json`. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** SVG, `NAME.svg`. */
  readonly charts?: Readonly<Record<string, string>>;
  /** `NAME.csv`. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** Whole files by their full names, such as `report.md`. */
  readonly pages?: Readonly<Record<string, string>>;
}

const checkReport = optionsCheck<Report>({
  documents: made<Readonly<Record<string, unknown>>>('documents by name').optional(),
  charts: made<Readonly<Record<string, string>>>('charts by name').optional(),
  tables: made<Readonly<Record<string, Table>>>('tables by name').optional(),
  pages: made<Readonly<Record<string, string>>>('pages by name').optional(),
});

/** Writes a report into a folder, which is made where it is missing. Returns the paths of its files. */
export async function writeReport(folder: string, report: Report): Promise<readonly string[]> {
  const { documents = {}, charts = {}, tables = {}, pages = {} } = checkReport('writeReport', report);
  const files: (readonly [string, string])[] = [
    ...Object.entries(documents).map(([name, value]) => [`${name}.json`, toJson(value)] as const),
    ...Object.entries(charts).map(([name, svg]) => [`${name}.svg`, `${svg}\n`] as const),
    ...Object.entries(tables).map(([name, table]) => [`${name}.csv`, csvTable(table)] as const),
    ...Object.entries(pages),
  ];
  await makeFolder(folder);
  for (const [name, text] of files) await replaceFile(join(folder, name), [text]);
  return files.map(([name]) => join(folder, name));
}
