import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { knownAs, notYet } from '../../train/config/knownAs.js';

/*
 * Writes the tables of published models into docs/known-as.md from train/config/knownAs.ts:
 * `npx tsx scripts/docs/knownAsTable.ts`. A test compares, so that the page cannot go stale.
 */

const PAGE = fileURLToPath(new URL('../../docs/known-as.md', import.meta.url));

/** Settings as `--set` takes them, without the mixer that all of them have. */
function words(model: object): string {
  return Object.entries(model)
    .filter(([name]) => name !== 'mixer')
    .map(
      ([name, value]) => `\`${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}\``,
    )
    .join(' ');
}

const models = [
  '| `--like` | model | paper | our words | what differs |',
  '|---|---|---|---|---|',
  ...Object.entries(knownAs).map(
    ([name, { title, paper, model, differs }]) =>
      `| \`${name}\` | ${title} | [arXiv:${paper}](https://arxiv.org/abs/${paper}) | ${words(model)} | ${differs.join('; ')} |`,
  ),
];

const missing = [
  '| model | what is missing |',
  '|---|---|',
  ...Object.entries(notYet).map(([name, reason]) => `| ${name} | ${reason} |`),
];

/**
 * The page with the models as they are now.
 *
 * @throws Error when a place for a table is missing.
 */
export function withModels(page: string): string {
  const place = (text: string, name: string, rows: readonly string[]): string => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < 0) throw new Error(`docs/known-as.md: expected ${begin} and ${end}; add them`);
    return `${text.slice(0, from + begin.length)}\n\n${rows.join('\n')}\n\n${text.slice(to)}`;
  };
  return place(place(page, 'models', models), 'missing', missing);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withModels(readFileSync(PAGE, 'utf8')));
}
