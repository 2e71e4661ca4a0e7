import { z } from 'zod';
import type { SearchResult } from '../experiments/lrSearch.js';
import { page, type Markup } from './markup.js';
import { visible } from '../src/core/visible.js';
import { list, made, optionsCheck } from '../src/core/options.js';
import { markdownTable, markdownText, table } from './table.js';

/** Where a report comes from; handed in, as nothing here reads the clock or the machine. */
export interface ReportMeta {
  readonly title?: string;
  /** The command that makes the same report again. */
  readonly command: string;
  /** When, as the reader should see it. */
  readonly date: string;
  /** Version by the name of what it is of. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the times were measured on, such as processor and memory. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** What else a reader must know, in sentences. */
  readonly notes?: readonly string[];
  /** Learning rates that were searched before the test. */
  readonly searched?: SearchResult;
}

export const checkMeta = optionsCheck<ReportMeta>({
  title: z.string().optional(),
  command: z.string(),
  date: z.string(),
  versions: made<ReportMeta['versions']>('versions by name'),
  machine: made<ReportMeta['machine']>('facts of the machine by name'),
  notes: list<readonly string[]>().optional(),
  searched: made<SearchResult>('what a search found').optional(),
});

function facts({ date, versions, machine }: ReportMeta): (readonly [string, string])[] {
  const found: Readonly<Record<string, string | number>> = { date, ...versions, ...machine };
  return Object.entries(found).map(([name, value]) => [name, String(value)]);
}

/** A fence longer than any run of backticks in the text. */
function fence(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(3, longest + 1));
}

/** The origin of a report as a section of a Markdown page. */
export function originMarkdown(meta: ReportMeta): string {
  const { command, notes = [] } = meta;
  const mark = fence(command);
  return [
    '## How it was made',
    `${mark}sh\n${visible(command)}\n${mark}`,
    markdownTable(table('', ['what', 'value'], facts(meta))),
    ...(notes.length > 0 ? [notes.map((note) => `- ${markdownText(note)}`).join('\n')] : []),
  ].join('\n\n');
}

/** The origin of a report as a section of an HTML page. */
export function originHtml(meta: ReportMeta): Markup {
  const { command, notes = [] } = meta;
  const items = facts(meta).map(([name, value]) => page`<dt>${name}</dt><dd>${value}</dd>`);
  return page`<section aria-labelledby="origin"><h2 id="origin">How it was made</h2><pre><code>${command}</code></pre><dl>${items}</dl>${notes.map((note) => page`<p>${note}</p>`)}</section>`;
}
