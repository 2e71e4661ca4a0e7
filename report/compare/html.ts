import { counted } from '../../src/core/text.js';
import type { Comparison, TaskComparison } from '../../eval/compare/comparison.js';
import type { ResultRow } from '../../eval/compare/contract.js';
import { verdictLines } from '../../eval/compare/verdictText.js';
import type { SearchResult } from '../../experiments/lrSearch.js';
import { explorer, explorerData } from '../explore/explorer.js';
import { pageScript } from '../explore/script.js';
import { page, trusted, type Content, type Markup } from '../markup.js';
import { checkMeta, originHtml, type ReportMeta } from '../origin.js';
import { htmlPage } from '../htmlPage.js';
import { seriesSample } from '../plots/legend.js';
import { chartStyle } from '../plots/palette.js';
import { csvTable, download, htmlTable } from '../table.js';
import { chartedVariants, taskCharts } from './charts.js';
import { DEFAULT_TITLE, overview } from './markdown.js';
import { improvementTable, overTasksNotes, overTasksTable, profileCharts } from './overTasks.js';
import { searchCharts, searchTable } from './search.js';
import {
  cellTable,
  differenceTable,
  failureTable,
  frontierTable,
  pairTable,
  variantTable,
} from './tables.js';

/** More verdicts than this are folded away. */
const OPEN_VERDICTS = 10;

function verdicts(task: TaskComparison): Content {
  if (task.pairs.length === 0) return '';
  const items = verdictLines(task.pairs).map(({ text, told }) => {
    return page`<li>${told ? page`<strong>${text}.</strong>` : `${text}.`}</li>`;
  });
  const open = task.pairs.length <= OPEN_VERDICTS ? trusted(' open') : '';
  const matrix = task.variants.length < 3 ? '' : htmlTable(differenceTable(task));
  return page`<h3>Verdicts</h3>${matrix}<details${open}><summary>All ${counted(task.pairs.length, 'verdict')} in words</summary><ul class="verdicts">${items}</ul></details><details><summary>All pairs in numbers</summary>${htmlTable(pairTable(task))}</details>`;
}

/** Scores against a cost, where one was asked for. */
function frontiers(task: TaskComparison): Content {
  return (task.frontiers?.of ?? []).map((one) => htmlTable(frontierTable(task, one, true)));
}

function failures(task: TaskComparison): Content {
  if (task.failures.length === 0) return '';
  return page`<h3>Without a result</h3>${htmlTable(failureTable(task))}`;
}

function cells(task: TaskComparison, rows: readonly ResultRow[]): Markup {
  const all = cellTable(task, rows);
  return page`<details><summary>All ${counted(all.rows.length, 'cell')}</summary>${htmlTable(all, 'cell')}</details>`;
}

/** What was searched before the test. */
function search(task: TaskComparison, searched: SearchResult | undefined): Content {
  const tried = searched && searchTable(task, searched);
  if (!tried || tried.rows.length === 0) return '';
  return page`<details><summary>Learning rates that were searched</summary>${htmlTable(tried)}</details>`;
}

function taskSection(
  task: TaskComparison,
  position: number,
  rows: readonly ResultRow[],
  searched?: SearchResult,
): Markup {
  const id = `task-${position}`;
  const findings = task.findings.map((finding) => page`<p>${finding}</p>`);
  const searches = searched ? searchCharts(task, searched) : [];
  const figures = [
    ...taskCharts(task).map(({ svg, data }, i) => {
      const save = download(`${task.task}-chart-${i + 1}.csv`, 'text/csv', csvTable(data), 'CSV');
      return page`<figure>${trusted(svg)}<figcaption class="downloads">Save as ${save}</figcaption></figure>`;
    }),
    ...searches.map((svg) => page`<figure>${trusted(svg)}</figure>`),
  ];
  const checks = task.checks.map(
    ({ equal, text }) => page`<p${equal ? '' : trusted(' class="warning"')}>${text}</p>`,
  );
  const notes = task.warnings.map((text) => page`<p class="warning" role="note">${text}</p>`);
  return page`<section aria-labelledby="${id}"><h2 id="${id}">${task.task}</h2>${findings}${notes}${htmlTable(variantTable(task))}${frontiers(task)}${checks}<div class="charts">${figures}</div>${explorer(task, position, rows)}${verdicts(task)}${search(task, searched)}${failures(task)}${cells(task, rows)}</section>`;
}

/** The looks of the variants once for all charts, in sight while one scrolls through them. */
function legend({ tasks }: Comparison): Content {
  const entries = [...chartedVariants(tasks)].map(([name, place]) => {
    return page`<li>${trusted(seriesSample(place))}${name}</li>`;
  });
  if (entries.length === 0) return '';
  return page`<figure class="legend"><style>${trusted(chartStyle('legend'))}</style><figcaption>Variants in the charts</figcaption><ul>${entries}</ul></figure>`;
}

/** What the tasks say together. */
function together({ overTasks }: Comparison): Content {
  if (!overTasks) return '';
  const notes = overTasksNotes(overTasks).map((text) => page`<p>${text}</p>`);
  const figures = profileCharts(overTasks).map((svg) => page`<figure>${trusted(svg)}</figure>`);
  return page`<section aria-labelledby="all-tasks"><h2 id="all-tasks">All tasks</h2>${notes}${htmlTable(overTasksTable(overTasks))}<div class="charts">${figures}</div><details><summary>Probability of improvement</summary>${htmlTable(improvementTable(overTasks))}</details></section>`;
}

function header(title: string, comparison: Comparison): Markup {
  const links = [
    ...comparison.tasks.map(({ task }, i) => page`<li><a href="#task-${i}">${task}</a></li>`),
    ...(comparison.overTasks ? [page`<li><a href="#all-tasks">All tasks</a></li>`] : []),
  ];
  return page`<header><h1>${title}</h1><p>${overview(comparison)}</p><nav aria-label="Contents"><ul>${links}<li><a href="#methods">How to read this</a></li><li><a href="#origin">How it was made</a></li></ul></nav></header>`;
}

function methods({ methods: sentences }: Comparison): Markup {
  const items = sentences.map((sentence) => page`<li>${sentence}</li>`);
  return page`<section aria-labelledby="methods"><h2 id="methods">How to read this</h2><ul class="verdicts">${items}</ul></section>`;
}

/**
 * The comparison as one HTML page that needs nothing else: no font, no request. Its script lets a reader choose what
 * charts show, and sorts and filters tables; without it the page is whole all the same.
 *
 * Readable on a phone, in the dark, in print, by keyboard and by screen reader. Numbers are rounded for readers; the
 * `value` of each `data` element has all digits of results.jsonl.
 */
export function reportHtml(comparison: Comparison, meta: ReportMeta): string {
  const title = checkMeta('reportHtml', meta).title ?? DEFAULT_TITLE;
  const sections = comparison.tasks.map((task, i) => taskSection(task, i, comparison.rows, meta.searched));
  return htmlPage({
    title,
    header: header(title, comparison),
    main: [legend(comparison), ...sections, together(comparison), methods(comparison)],
    footer: [originHtml(meta), explorerData(comparison)],
    script: pageScript,
  });
}
