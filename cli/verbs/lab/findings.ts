import type { Compared } from '../../../eval/lab/index.js';
import { createStatusLine } from '../../statusLine.js';
import { textTable } from '../../../report/textTable.js';
import type { Context, Outcome } from '../contract.js';
import { keepCharts, keepResults } from '../../../report/lab/keepResults.js';
import type { ChosenRules, LabFlags } from './labOptions.js';
import { cellText, numberColumns, type LabTable } from '../../../report/lab/labTables.js';

/** A part of the lab that has run: what `--json` prints, and what people read. */
interface Findings {
  readonly document: object;
  readonly tables: Readonly<Record<string, LabTable>>;
  /** What people read instead of the tables. */
  readonly printed?: readonly LabTable[];
  /** Lines above the tables. */
  readonly heading?: readonly string[];
  /** Pictures to keep, by name; made only where there is a folder for them. */
  readonly charts?: () => Promise<Readonly<Record<string, string>>>;
}

/** Findings that chance has no part in: whether each comparison with theory agrees. */
export interface Exact extends Findings {
  readonly verdicts: readonly (boolean | null)[];
}

/** Findings that are means over draws, compared with theory as one or more families. */
export interface Sampled extends Findings {
  readonly families: readonly (readonly Compared[])[];
  /** What a comparison is shown to be: `within 5 %` unless given. */
  readonly shownAs?: string;
}

function exactSummary(verdicts: readonly (boolean | null)[]): string[] {
  const compared = verdicts.filter((agrees) => agrees !== null);
  const agreeing = compared.filter((agrees) => agrees);
  return compared.length > 0 ? [`${agreeing.length} of ${compared.length} agree with theory`] : [];
}

/** One line a family: what was shown, left open and contradicted. */
function familySummary(family: readonly Compared[], shownAs: string): string[] {
  const compared = family.filter(({ agrees }) => agrees !== null);
  if (compared.length === 0) return [];
  const shown = compared.filter(({ agrees, shown }) => agrees === true && shown === true).length;
  const against = compared.filter(({ agrees }) => agrees === false).length;
  const open = compared.length - shown - against;
  return [
    `${compared.length} comparisons with theory: ${shown} shown to be ${shownAs}, ${open} open, ${against} NO ` +
      `(by Holm: any NO of all by chance at most 5 % likely)`,
  ];
}

function familySummaries({ families, shownAs = 'within 5 %' }: Sampled): string[] {
  return families.flatMap((family) => familySummary(family, shownAs));
}

/** Keeps what was found where `--out` says, and prints it. */
export async function present(
  { output }: Context,
  part: string,
  flags: LabFlags,
  found: Exact | Sampled,
): Promise<Outcome> {
  const document = { part, seed: flags.seed, ...found.document };
  if (flags.out !== undefined) {
    await keepResults(flags.out, part, document, found.tables);
    if (found.charts) await keepCharts(flags.out, part, await found.charts());
  }
  if (output.json) {
    output.document(document);
    return undefined;
  }
  for (const line of found.heading ?? []) output.line(line);
  const tables = (found.printed ?? Object.values(found.tables)).map((table) => {
    const rows = table.rows.map((row) => row.map(cellText));
    return textTable(table.head, rows, numberColumns(table));
  });
  output.line(tables.join('\n\n'));
  const summary = 'families' in found ? familySummaries(found) : exactSummary(found.verdicts);
  if (summary.length > 0) output.line(`\n${summary.join('\n')}`);
  if (flags.out !== undefined) output.line(`written to ${flags.out}`);
  return undefined;
}

/** The results of each rule in turn, with the rule on the status line. */
export function eachRule<T>(
  { output }: Context,
  { names }: ChosenRules,
  run: (name: string) => readonly T[],
): T[] {
  const status = createStatusLine(output);
  const results = names.flatMap((name) => {
    status.show(`rule ${name}`);
    return run(name);
  });
  status.clear();
  return results;
}
