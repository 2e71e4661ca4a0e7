import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvParse } from 'd3-dsv';
import type { ResultRow } from '../../eval/index.js';
import type { Browser } from './checkReportBrowser.js';

/** Chooses a value of a select by name in the first explorer, as a reader does. */
const choose = (name: string, value: string): string => `(() => {
  const select = document.querySelector('.explore select[name=${name}]');
  select.value = ${JSON.stringify(value)};
  select.dispatchEvent(new Event('change'));
  return select.value;
})()`;

/** What the first explorer shows: whether it is there, the names in its key, its charts and their widths. */
const SHOWN = `(() => {
  const section = document.querySelector('.explore');
  return {
    hidden: section.hidden,
    key: [...section.querySelectorAll('.key li')].map((item) => item.textContent),
    widths: [...section.querySelectorAll('svg')].map((svg) => svg.viewBox.baseVal.width),
    points: section.querySelectorAll('circle').length,
    fields: [...section.querySelectorAll('select[name=x] option')].map((option) => option.value),
  };
})()`;

/** Sorts the table of all cells by its column of results, twice, and gives the numbers in their order each time. */
const SORTED = `(() => {
  const table = document.querySelector('tr[data-cell]').closest('table');
  const heads = [...table.querySelectorAll('thead th')];
  const column = heads.findIndex((head) => head.textContent.includes(' on test'));
  const read = () => {
    heads[column].querySelector('button').click();
    return [...table.querySelectorAll('tbody tr')].flatMap((row) => {
      const data = row.children[column].querySelector('data');
      return data ? [Number(data.value)] : [];
    });
  };
  return [read(), read()];
})()`;

/** Leaves the rows of the table of all cells that hold a word, and gives how many are left. */
const filtered = (word: string): string => `(() => {
  const region = document.querySelector('tr[data-cell]').closest('.scroll');
  const field = region.previousElementSibling.querySelector('input');
  field.value = ${JSON.stringify(word)};
  field.dispatchEvent(new Event('input'));
  const left = [...region.querySelectorAll('tbody tr')].filter((row) => !row.hidden).length;
  field.value = '';
  field.dispatchEvent(new Event('input'));
  return left;
})()`;

/** Saves what the link of the first explorer gives into a folder, and reads it. */
async function saved(browser: Browser, folder: string): Promise<string> {
  await browser.send('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
  await browser.evaluate("document.querySelector('.explore a[download]').click()");
  for (let tries = 0; tries < 100; tries++) {
    const name = (await readdir(folder)).find((file) => file.endsWith('.csv'));
    const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8');
    if (text !== '') return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return '';
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Lines of the saved file that are not the means of results.jsonl, or are missing. */
function csvFaults(text: string, rows: readonly ResultRow[], x: string): string[] {
  const lines = csvParse(text);
  const [{ metric } = { metric: '' }] = rows;
  const of = (row: ResultRow): string => String(x === 'seed' ? row.seed : row.variant[x]);
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    if (row.test !== null) groups.set(of(row), [...(groups.get(of(row)) ?? []), row.test]);
  }
  const wrong = [...groups].filter(([place, tests]) => {
    const line = lines.find((each) => each[x] === place);
    return Math.abs(Number(line?.[metric]) - mean(tests)) > 1e-12 || Number(line?.cells) !== tests.length;
  });
  const faults = wrong.map(([place]) => `explorer: CSV has another mean than results.jsonl at ${x} ${place}`);
  return lines.length === groups.size
    ? faults
    : [...faults, `explorer: expected ${groups.size} lines, got ${lines.length}`];
}

/** Chooses another x, saves the data, sorts and filters in the page that is loaded; what of that goes wrong. */
export async function explorerFaults(
  browser: Browser,
  all: readonly ResultRow[],
  folder: string,
): Promise<string[]> {
  const rows = all.filter(({ task }) => task === all[0]?.task);
  // The casts: what the expressions above return.
  const before = (await browser.evaluate(SHOWN)) as {
    hidden: boolean;
    widths: number[];
    fields: string[];
    points: number;
  };
  const x = before.fields.includes('seed') ? 'seed' : (before.fields[0] ?? '');
  for (const [name, value] of [
    ['x', x],
    ['colour', ''],
    ['facet', ''],
  ] as const)
    await browser.evaluate(choose(name, value));
  const after = (await browser.evaluate(SHOWN)) as { points: number };
  const places = new Set(
    rows.filter(({ test }) => test !== null).map((row) => (x === 'seed' ? row.seed : row.variant[x])),
  );
  const faults = csvFaults(await saved(browser, folder), rows, x);
  const [up = [], down = []] = (await browser.evaluate(SORTED)) as number[][];
  const tests = rows.flatMap(({ test }) => test ?? []).sort((a, b) => a - b);
  const first = rows[0]?.cell ?? '';
  const left = rows.length < 8 ? 1 : await browser.evaluate(filtered(first));
  return [
    ...faults,
    ...(before.hidden || before.points === 0 ? ['explorer: hidden or empty though the script runs'] : []),
    ...(before.widths.some((width) => width < 480) ? ['explorer: a chart under 480 px'] : []),
    ...(after.points === places.size
      ? []
      : [`explorer: expected ${places.size} points, got ${after.points}`]),
    ...(String(up) === String(tests) ? [] : ['table: not in order after a click on its head']),
    ...(String(down) === String([...tests].reverse())
      ? []
      : ['table: not in the other order after a second click']),
    ...(left === 1 ? [] : [`table: expected 1 row with '${first}', got ${String(left)}`]),
  ];
}
