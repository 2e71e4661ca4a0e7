import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { probes, type NamedReport } from '../../eval/index.js';
import { drawPicture } from '../drawPicture.js';
import { toCsv } from '../lab/keepResults.js';
import { resultsMarkdown, resultsTable, type EvalSource } from './evalTables.js';

/** JSON indented by two spaces, with arrays of numbers and other simple values on one line each. */
export function readableJson(value: unknown, indent = ''): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => readableJson(item, inner));
    const simple = value.every((item) => item === null || typeof item !== 'object');
    return simple ? `[${items.join(', ')}]` : `[\n${inner}${items.join(`,\n${inner}`)}\n${indent}]`;
  }
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => `${JSON.stringify(name)}: ${readableJson(item, inner)}`);
  return fields.length === 0 ? '{}' : `{\n${inner}${fields.join(`,\n${inner}`)}\n${indent}}`;
}

/**
 * Writes what probes found into a folder: `PROBE.json` with everything, the pictures as SVG, and `results.csv` and
 * `results.md` of all of them. Gives the paths.
 */
export async function keepReports(
  folder: string,
  source: EvalSource,
  reports: readonly NamedReport[],
): Promise<readonly string[]> {
  const titles = Object.fromEntries(Object.values(probes).map(({ name, title }) => [name, title]));
  // A page to hand on: as seen from where the command ran.
  const checkpoint = relative(process.cwd(), source.checkpoint);
  const texts: [string, string][] = [
    ...reports.flatMap(({ pictures = [], ...report }): [string, string][] => [
      [`${report.probe}.json`, `${readableJson({ ...source, ...report })}\n`],
      ...pictures.map((picture): [string, string] => [`${picture.name}.svg`, drawPicture(picture)]),
    ]),
    ['results.csv', toCsv(resultsTable(reports))],
    ['results.md', resultsMarkdown({ ...source, checkpoint }, reports, titles)],
  ];
  await mkdir(folder, { recursive: true });
  for (const [name, text] of texts) await writeFile(join(folder, name), text);
  return texts.map(([name]) => join(folder, name));
}
