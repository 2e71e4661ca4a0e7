import type { Comparison, TaskComparison } from '../../eval/compare/comparison.js';
import type { ResultRow } from '../../eval/compare/contract.js';
import { page, trusted, type Content, type Markup } from '../markup.js';
import { download } from '../table.js';

type Cell = Readonly<Record<string, string | number | null>>;

/** A cell with everything that a chart may show, by name. */
function cellOf({ variant, seed, learningRate, cost, metric, test, metrics }: ResultRow): Cell {
  const scores = Object.entries(metrics).filter(([name]) => name !== metric);
  return { ...variant, seed, learningRate, ...cost, [metric]: test, ...Object.fromEntries(scores) };
}

/** The cells of a task that have a result. */
function cellsOf({ task }: TaskComparison, rows: readonly ResultRow[]): readonly Cell[] {
  return rows.filter((row) => row.task === task && row.status === 'done').map(cellOf);
}

function options(names: readonly string[], chosen: string | undefined): Content {
  return names.map((name) => page`<option${name === chosen ? trusted(' selected') : ''}>${name}</option>`);
}

const NONE = page`<option value="">nothing</option>`;

/**
 * Charts of any setting that varies, drawn by the script of the page; hidden where none runs.
 *
 * Begins with a numeric setting on the axis, else the first that varies, and colour for the first other.
 */
export function explorer(task: TaskComparison, position: number, rows: readonly ResultRow[]): Content {
  const cells = cellsOf(task, rows);
  const scores = [...new Set([task.metric, ...rows.flatMap(({ metrics }) => Object.keys(metrics))])];
  const names = [...new Set(cells.flatMap((cell) => Object.keys(cell)))].filter(
    (name) => !scores.includes(name),
  );
  const varying = names.filter((name) => new Set(cells.map((cell) => cell[name])).size > 1);
  if (cells.length < 2 || varying.length === 0) return '';
  const settings = varying.filter((name) => rows.some(({ variant }) => Object.hasOwn(variant, name)));
  const x =
    settings.find((name) => cells.every((cell) => typeof cell[name] === 'number')) ??
    settings[0] ??
    varying[0];
  const colour = settings.find((name) => name !== x);
  return page`<section class="explore" data-task="${position}" hidden aria-label="Explore ${task.task}"><h3>Explore</h3><form><label>x axis <select name="x">${options(varying, x)}</select></label><label>y axis <select name="y">${options(scores, task.metric)}</select></label><label>colour <select name="colour">${NONE}${options(varying, colour)}</select></label><label>one chart for each <select name="facet">${NONE}${options(varying, undefined)}</select></label></form><ul class="key"></ul><div class="charts"></div><p class="downloads">Means over all cells alike in these, with 95 % intervals by Student's t. Save as ${download('chart.csv', 'text/csv', '', 'CSV')}</p></section>`;
}

/** The cells of all tasks for the script, as it reads them. */
export function explorerData({ tasks, rows }: Comparison): Markup {
  const json = JSON.stringify(tasks.map((task) => cellsOf(task, rows))).replaceAll('<', '\\u003c');
  return page`<script type="application/json" id="cells">${trusted(json)}</script>`;
}
