import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import { ADDRESS } from './site.js';

/*
 * Writes the tables of rules and gates into README.md from the registries: `npx tsx scripts/docs/rulesTable.ts`.
 * A test compares, so that the README cannot go stale.
 */

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

interface Described {
  readonly name: string;
  readonly equation: string;
  readonly source: string;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

/** The papers of a source: its first sentence, without the remarks on what differs. */
function papers(source: string): string {
  const [first = ''] = source.split(/\.(?=\s+[A-Z]|$)/);
  return cell(first);
}

/** A column of the table beside name, equation and paper. */
interface Column {
  readonly title: string;
  of(name: string): string;
}

function row(entry: Described, link: string, more: readonly Column[]): string {
  const cells = [`[\`${entry.name}\`](${link})`, `\`${cell(entry.equation)}\``, papers(entry.source)];
  return `| ${[...cells, ...more.map((column) => column.of(entry.name))].join(' | ')} |`;
}

/** A Markdown table of registry entries, each with a link to its page. */
export function describe(
  entries: Readonly<Record<string, Described>>,
  page: (name: string) => string,
  more: readonly Column[] = [],
): string {
  const titles = ['name', 'equation', 'paper', ...more.map(({ title }) => title)];
  return [
    `| ${titles.join(' | ')} |`,
    `|${'---|'.repeat(titles.length)}`,
    ...Object.values(entries).map((entry) => row(entry, page(entry.name), more)),
  ].join('\n');
}

const measured = JSON.parse(
  readFileSync(new URL('../../docs/results/ruleSpeeds.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, number>>; // written by ruleSpeeds.ts

/** Tokens/s of training with a rule, and whether it goes token by token. */
const SPEED: Column = {
  title: 'speed',
  of(name) {
    const speed = measured[name]?.toFixed(2) ?? 'not measured';
    return rules[name]?.chunk ? speed : `${speed}, token by token`;
  },
};

function between(text: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`README.md: expected ${begin} before ${end}; put both lines back`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/** The README's text with both tables as the registries have them now. */
export function withTables(readme: string): string {
  const folder = `${ADDRESS}/blob/main/docs/rules`;
  const ruleTable = describe(rules, (name) => `${folder}/${name}.md`, [SPEED]);
  const gateTable = describe(gates, () => `${folder}/gates.md`);
  return between(between(readme, 'rules', ruleTable), 'gates', gateTable);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(README, withTables(readFileSync(README, 'utf8')));
}
