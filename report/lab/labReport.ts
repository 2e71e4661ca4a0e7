import { z } from 'zod';
import { callback, list, made, optionsCheck } from '../../src/core/options.js';
import type { Compared } from '../../eval/lab/index.js';
import { textTable, type Table } from '../table.js';
import { writeReport } from '../writeReport.js';

/** An experiment of the lab that has run: its document, its tables, and how it compares with theory. */
export interface LabReport {
  /** Begins the names of all files: `conditioning`. */
  readonly name: string;
  readonly document: object;
  /** By name; the first is the main one. */
  readonly tables: Readonly<Record<string, Table>>;
  /** What people read instead of the tables. */
  readonly printed?: readonly Table[];
  /** Lines above the tables. */
  readonly heading?: readonly string[];
  /** SVG by name; drawn only when they are written. */
  readonly charts: () => Promise<Readonly<Record<string, string>>>;
  /**
   * Whether each exact comparison with theory agrees, or the families of comparisons of means over draws, with what
   * each is shown to be: `within 5 %` unless given.
   */
  readonly comparisons:
    | { readonly exact: readonly (boolean | null)[] }
    | { readonly families: readonly (readonly Compared[])[]; readonly shownAs?: string };
}

const checkReport = optionsCheck<LabReport>({
  name: z.string(),
  document: made<object>('a document'),
  tables: made<LabReport['tables']>('tables by name'),
  printed: list<readonly Table[]>().optional(),
  heading: list<readonly string[]>().optional(),
  charts: callback<LabReport['charts']>(),
  comparisons: made<LabReport['comparisons']>('comparisons'),
});

function exactSummary(verdicts: readonly (boolean | null)[]): string[] {
  const compared = verdicts.filter((agrees) => agrees !== null);
  const agreeing = compared.filter((agrees) => agrees);
  return compared.length > 0 ? [`${agreeing.length} of ${compared.length} agree with theory`] : [];
}

/** What was shown, left open and contradicted in one family. */
function familySummary(family: readonly Compared[], shownAs: string): string[] {
  const compared = family.filter(({ agrees }) => agrees !== null);
  if (compared.length === 0) return [];
  const shown = compared.filter(({ agrees, shown }) => agrees === true && shown === true).length;
  const against = compared.filter(({ agrees }) => agrees === false).length;
  const open = compared.length - shown - against;
  return [
    `${compared.length} comparisons with theory: ${shown} shown to be ${shownAs}, ${open} open, ${against} NO ` +
      `(Holm: the chance of any false NO is at most 5 %)`,
  ];
}

/** The report for a terminal: heading, tables, and a line on how theory fared. */
export function labText(report: LabReport): string {
  const { tables, printed, heading = [], comparisons } = checkReport('labText', report);
  const summary =
    'exact' in comparisons
      ? exactSummary(comparisons.exact)
      : comparisons.families.flatMap((family) => familySummary(family, comparisons.shownAs ?? 'within 5 %'));
  const drawn = (printed ?? Object.values(tables)).map(textTable).join('\n\n');
  return [...heading, drawn, ...(summary.length > 0 ? [`\n${summary.join('\n')}`] : [])].join('\n');
}

/**
 * Writes a report of the lab into a folder: `NAME.json`, `NAME.csv`, `NAME-TABLE.csv` for tables beyond the first,
 * and `NAME-CHART.svg`. Returns the paths.
 */
export async function writeLab(folder: string, report: LabReport): Promise<readonly string[]> {
  const { name, document, tables } = checkReport('writeLab', report);
  const prefixed = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).map(([label, value]) => [`${name}-${label}`, value]));
  const [[, main] = [], ...rest] = Object.entries(tables);
  return writeReport(folder, {
    documents: { [name]: document },
    charts: prefixed(await report.charts()),
    tables: { ...(main && { [name]: main }), ...prefixed(Object.fromEntries(rest)) },
  });
}
