/**
 * Opens a report from disk in Chromium, wide, as on a phone, in the dark and in print, and fails on any error or
 * warning of the console, any request, anything that is cut off, and any cell of the results.jsonl beside the report
 * that the page does not show with its numbers.
 *
 *   tsx test/browser/checkReport.ts [report.html] [--layout] [--screenshots FOLDER]
 *
 * `--layout` is for a page that is no comparison, and looks for no cells.
 * Without a report it makes one of a made-up grid. Each run first opens a page with faults and fails if it sees none.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readResults, type ResultRow } from '../../eval/index.js';
import { reportHtml } from '../../report/index.js';
import { EXAMPLE_META, exampleComparison, exampleRows } from '../report/exampleGrid.js';
import { explorerFaults } from './checkExplorer.js';
import { Browser, findChromium } from './checkReportBrowser.js';

interface View {
  readonly name: string;
  readonly width: number;
  readonly media: { readonly media?: string; readonly features?: readonly { name: string; value: string }[] };
}

const VIEWS: readonly View[] = [
  { name: 'desktop', width: 1200, media: {} },
  { name: 'wide', width: 1600, media: {} },
  { name: 'phone', width: 390, media: {} },
  { name: 'dark', width: 1200, media: { features: [{ name: 'prefers-color-scheme', value: 'dark' }] } },
  { name: 'print', width: 760, media: { media: 'print' } },
];

const FAULTY = `<!doctype html><title>faulty</title><script>console.error('planted')</script>
<img src="http://127.0.0.1:9/planted.png"><svg width="0"></svg><div style="width:5000px">wide</div>`;

/** What of the page's layout is wrong, found inside the page. */
const LAYOUT_FAULTS = `(() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push('the page is ' + root.scrollWidth + ' px wide, the window ' + root.clientWidth);
  for (const svg of document.querySelectorAll('svg[role=img], body > svg')) {
    const { width, height } = svg.getBoundingClientRect();
    if (width < 100 || height < 50) faults.push('a chart is ' + width + ' by ' + height + ' px');
  }
  for (const text of document.querySelectorAll('figure > svg text')) {
    const box = text.getBoundingClientRect();
    const chart = text.closest('figure').getBoundingClientRect();
    if (box.width > 0 && (box.left < chart.left - 1 || box.right > chart.right + 1)) faults.push('cut off: ' + text.textContent);
  }
  const apart = (a, b) => a.right <= b.left + 2 || b.right <= a.left + 2 || a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
  for (const svg of document.querySelectorAll('figure > svg')) {
    const boxes = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '')
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
    const points = [...svg.querySelectorAll('[aria-label=dot] > *')].map((dot) => dot.getBoundingClientRect());
    boxes.forEach(({ text, box }, i) => {
      for (const other of boxes.slice(i + 1)) if (!apart(box, other.box)) faults.push(text + ' is written over ' + other.text);
      if (points.some((point) => !apart(box, point))) faults.push(text + ' is written over a point');
    });
  }
  const names = [...document.querySelectorAll('figure.legend')];
  if (document.querySelector('.charts') && document.querySelector('tr[data-cell]') && names.length !== 1)
    faults.push(names.length + ' legends of the variants');
  return faults;
})()`;

/** The numbers of every cell the page shows, by cell: those kept for machines, of its row. */
const SHOWN_CELLS = `Object.fromEntries([...document.querySelectorAll('tr[data-cell]')].map((row) =>
  [row.dataset.cell, [...row.querySelectorAll('data')].map(({ value }) => Number(value))]))`;

/** Rows of results.jsonl that the page does not show, or not with their numbers. */
async function numberFaults(browser: Browser, rows: readonly ResultRow[]): Promise<string[]> {
  // What a page returns for SHOWN_CELLS.
  const shown = (await browser.evaluate(SHOWN_CELLS)) as Readonly<Record<string, readonly number[]>>;
  return rows.flatMap(({ cell, seed, test, learningRate }) => {
    const wanted = [seed, ...(test === null ? [] : [test]), learningRate];
    const found = shown[cell] ?? [];
    return wanted.every((value) => found.includes(value))
      ? []
      : [
          `cell ${cell}: expected ${wanted.join(', ')} as in results.jsonl, got ${found.join(', ') || 'no row'}`,
        ];
  });
}

/** Faults that an event of the browser tells of. */
function eventFault(own: string, method: string, params: Readonly<Record<string, unknown>>): string[] {
  const text = JSON.stringify(params);
  switch (method) {
    case 'Runtime.exceptionThrown':
      return [`exception: ${text}`];
    case 'Runtime.consoleAPICalled':
      return [`console: ${text}`];
    case 'Log.entryAdded':
      return [`log: ${text}`];
    case 'Network.requestWillBeSent': {
      const { url } = params.request as { readonly url: string }; // the protocol's form of this event
      return url === own || url.startsWith('data:') ? [] : [`request: ${url}`];
    }
    default:
      return [];
  }
}

async function checkView(browser: Browser, url: string, { name, width, media }: View): Promise<string[]> {
  const faults: string[] = [];
  await browser.send('Emulation.setDeviceMetricsOverride', {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await browser.send('Emulation.setEmulatedMedia', { media: '', features: [], ...media });
  await browser.listening(
    (method, params) => faults.push(...eventFault(url, method, params)),
    async () => {
      await browser.load(url);
      // The page is checked, not trusted: what it returns is a list of texts or a fault of this script.
      faults.push(...((await browser.evaluate(LAYOUT_FAULTS)) as string[]));
    },
  );
  return faults.map((fault) => `${name}: ${fault}`);
}

async function screenshot(browser: Browser, folder: string, name: string): Promise<void> {
  const { data } = await browser.send('Page.captureScreenshot', {
    captureBeyondViewport: true,
    format: 'png',
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), String(data), 'base64');
}

/** The faults planted in a page must all be seen, else the check is worth nothing. */
async function checkItself(browser: Browser, scratch: string): Promise<string[]> {
  const path = join(scratch, 'faulty.html');
  await writeFile(path, FAULTY);
  const seen = await checkView(browser, pathToFileURL(path).href, { name: 'planted', width: 800, media: {} });
  const wanted = ['console: ', 'request: http://127.0.0.1:9/', 'a chart is 0', 'the page is 5'];
  return wanted
    .filter((want) => !seen.some((fault) => fault.includes(want)))
    .map((want) => `planted, not seen: ${want}`);
}

/** The page's numbers against its rows; a row with another number must be seen as wrong. */
async function checkNumbers(browser: Browser, rows: readonly ResultRow[]): Promise<string[]> {
  const [first] = rows;
  if (!first) return ['results.jsonl: expected at least one row, got none'];
  const altered = await numberFaults(browser, [{ ...first, seed: first.seed + 0.5 }]);
  const blind = altered.length === 1 ? [] : ['planted, not seen: a cell with another seed'];
  return [...blind, ...(await numberFaults(browser, rows))];
}

/** A report and the rows it was made of. */
interface Checked {
  readonly path: string;
  /** Absent of a page that is no comparison. */
  readonly rows?: readonly ResultRow[];
}

async function checkReport(
  browser: Browser,
  { path, rows }: Checked,
  scratch: string,
  folder?: string,
): Promise<string[]> {
  const faults = await checkItself(browser, scratch);
  for (const view of VIEWS) {
    faults.push(...(await checkView(browser, pathToFileURL(path).href, view)));
    if (folder !== undefined) await screenshot(browser, folder, view.name);
  }
  if (!rows) return faults;
  const saves = await mkdtemp(join(scratch, 'saves-'));
  return [...faults, ...(await checkNumbers(browser, rows)), ...(await explorerFaults(browser, rows, saves))];
}

async function exampleReport(scratch: string): Promise<Checked> {
  const path = join(scratch, 'report.html');
  await writeFile(path, reportHtml(exampleComparison(), EXAMPLE_META));
  return { path, rows: exampleRows() };
}

async function givenReport(given: string, isComparison: boolean): Promise<Checked> {
  const path = resolve(given);
  if (!isComparison) return { path };
  return { path, rows: readResults(await readFile(join(dirname(path), 'results.jsonl'), 'utf8')) };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { screenshots: { type: 'string' }, layout: { type: 'boolean', default: false } },
  });
  const program = findChromium();
  if (program === undefined) {
    console.log('report in a browser: skipped, no Chromium here; apt-get install chromium');
    return process.env.CI === undefined ? 0 : 1;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'check-report-'));
  const browser = await Browser.open(program, join(scratch, 'profile'));
  try {
    const given = positionals[0];
    const checked =
      given === undefined ? await exampleReport(scratch) : await givenReport(given, !values.layout);
    const faults = await checkReport(browser, checked, scratch, values.screenshots);
    for (const fault of faults) console.error(fault);
    const what = `${given ?? 'made-up report'}: ${VIEWS.length} views, ${checked.rows?.length ?? 'no'} cells`;
    console.log(`${what}, ${faults.length} faults`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main();
