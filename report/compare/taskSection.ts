import type { PairVerdict, SeedMean, TaskComparison, VariantSummary } from '../../eval/compare/comparison.js';
import type { ResultRow } from '../../eval/compare/contract.js';
import { ranked } from '../../eval/compare/findings.js';
import { variantKey } from '../../eval/compare/labels.js';
import { verdictLines } from '../../eval/compare/verdictText.js';
import { counted, inWords } from '../../eval/compare/words.js';
import { metricLabel, taskCharts } from './charts.js';
import { page, trusted, type Content, type Markup } from '../markup.js';
import { exact, tableMarkup, type TableCell } from './tables.js';

const NOTHING: TableCell = { content: '–', kind: 'none' };
/** More verdicts than this are folded away. */
const OPEN_VERDICTS = 10;

function bounds(low: number | null, high: number | null): Content {
  return low === null || high === null
    ? ''
    : page` <small>[${exact(low, inWords(low))}, ${exact(high, inWords(high))}]</small>`;
}

function meanCell(mean: SeedMean | null): TableCell {
  if (mean === null) return { content: 'no result', kind: 'none' };
  return { content: [exact(mean.mean, inWords(mean.mean, 4)), bounds(mean.low, mean.high)] };
}

function numberCell(value: number | null | undefined, digits = 4): TableCell {
  return value === null || value === undefined ? NOTHING : { content: exact(value, inWords(value, digits)) };
}

/** Whole numbers with all their digits, in groups of three. */
function countCell(value: number | undefined): TableCell {
  return value === undefined ? NOTHING : { content: exact(value, value.toLocaleString('en')) };
}

function variantCells(
  { test, cost, learningRates, wins, losses, metrics }: VariantSummary,
  names: readonly string[],
): TableCell[] {
  return [
    meanCell(test),
    countCell(test?.seeds ?? 0),
    { content: `${wins} / ${losses}` },
    { content: learningRates.map((rate) => inWords(rate)).join(', ') },
    countCell(cost?.parameters),
    countCell(cost?.stateBytes),
    countCell(cost?.flopsPerToken),
    numberCell(cost?.trainTokensPerSecond, 3),
    numberCell(cost?.decodeMs, 3),
    ...names.map((name) => meanCell(metrics[name] ?? null)),
  ];
}

function variantTable(task: TaskComparison): Markup {
  const measured = task.variants.flatMap(({ metrics }) => Object.keys(metrics));
  const names = [...new Set(measured)].filter((name) => name !== task.metric);
  const head = ['variant', metricLabel(task), 'seeds', 'better / worse than', 'learning rate', 'parameters'];
  const costs = ['bytes of state', 'FLOPs a token', 'training tokens/s', 'decode ms'];
  const rows = ranked(task.variants, task.best).map((variant) => {
    return { name: variant.label, cells: variantCells(variant, names) };
  });
  const caption = `${task.task}: variants, the best mean first, with intervals over seeds`;
  return tableMarkup({ caption, head: [...head, ...costs, ...names], rows });
}

/** The pair of two labels, seen from the first: how much better it is, in the unit. */
function advantage(task: TaskComparison, row: string, column: string): TableCell {
  const pair = task.pairs.find(({ a, b }) => (a === row && b === column) || (a === column && b === row));
  if (pair?.difference == null) return NOTHING;
  const turned = pair.a !== row;
  const value = turned ? -pair.difference : pair.difference;
  const shown = `${value > 0 ? '+' : value < 0 ? '−' : ''}${inWords(Math.abs(value), 2)}`;
  if (pair.outcome !== 'better' && pair.outcome !== 'worse') return { content: exact(value, shown) };
  const better = (pair.outcome === 'better') !== turned;
  return { content: [exact(value, shown), better ? ' ▲' : ' ▼'], kind: better ? 'better' : 'worse' };
}

function matrix(task: TaskComparison): Content {
  if (task.variants.length < 3) return '';
  const labels = ranked(task.variants, task.best).map(({ label }) => label);
  const rows = labels.map((name) => ({ name, cells: labels.map((other) => advantage(task, name, other)) }));
  const caption = `${task.task}: row minus column in ${task.unit || task.metric}; ▲ the row is better, ▼ worse, neither sign: no detectable difference`;
  return tableMarkup({ caption, head: ['', ...labels], rows });
}

function pairCells(pair: PairVerdict): TableCell[] {
  const {
    difference,
    low,
    high,
    p,
    pHolm,
    pT,
    pPermutation,
    cohenD,
    hedgesG,
    detectable,
    seedsNeeded,
    seeds,
  } = pair;
  return [
    difference === null ? NOTHING : { content: [exact(difference, inWords(difference)), bounds(low, high)] },
    { content: `${counted(seeds.length, 'seed')}, ${pair.test}`, kind: 'text' },
    ...[p, pHolm, pT, pPermutation].map((value) => numberCell(value, 2)),
    ...[cohenD, hedgesG, detectable].map((value) => numberCell(value, 3)),
    seedsNeeded === null || Number.isFinite(seedsNeeded)
      ? numberCell(seedsNeeded)
      : { content: 'over 10,000' },
    { content: pair.outcome, kind: 'text' },
  ];
}

function pairTable(task: TaskComparison): Markup {
  const head = ['pair', 'difference', 'decided by', 'p', 'p (Holm)', 'p (t)', 'p (permutation)', 'd', 'g'];
  const rows = task.pairs.map((pair) => ({ name: `${pair.a} − ${pair.b}`, cells: pairCells(pair) }));
  const caption = `${task.task}: all pairs in numbers`;
  return tableMarkup({ caption, head: [...head, 'could have been seen', 'seeds needed', 'outcome'], rows });
}

function verdicts(task: TaskComparison): Content {
  if (task.pairs.length === 0) return '';
  const items = verdictLines(task.pairs).map(({ text, told }) => {
    return page`<li>${told ? page`<strong>${text}.</strong>` : `${text}.`}</li>`;
  });
  const open = task.pairs.length <= OPEN_VERDICTS ? trusted(' open') : '';
  return page`<h3>Verdicts</h3>${matrix(task)}<details${open}><summary>All ${counted(task.pairs.length, 'verdict')} in words</summary><ul class="verdicts">${items}</ul></details><details><summary>All pairs in numbers</summary>${pairTable(task)}</details>`;
}

function failures(task: TaskComparison): Content {
  if (task.failures.length === 0) return '';
  const rows = task.failures.map(({ label, seed, status, reason }) => {
    return {
      name: label,
      cells: [
        { content: seed },
        { content: status, kind: 'text' },
        { content: reason, kind: 'words' },
      ] as const,
    };
  });
  const caption = `${task.task}: cells without a result`;
  return page`<h3>Without a result</h3>${tableMarkup({ caption, head: ['variant', 'seed', 'status', 'reason'], rows })}`;
}

/** Every row of the task as it was measured. */
function cells(task: TaskComparison, rows: readonly ResultRow[]): Markup {
  const labels = new Map(task.variants.map(({ variant, label }) => [variantKey(variant), label]));
  const lines = rows
    .filter((row) => row.task === task.task)
    .map((row) => ({
      id: row.cell,
      name: labels.get(variantKey(row.variant)) ?? '',
      cells: [
        { content: exact(row.seed, String(row.seed)) },
        { content: row.status, kind: 'text' as const },
        numberCell(row.test, 6),
        numberCell(row.learningRate),
        { content: row.cell, kind: 'text' as const },
      ],
    }));
  const head = ['variant', 'seed', 'status', `${task.metric} on test`, 'learning rate', 'cell'];
  return page`<details><summary>All ${counted(lines.length, 'cell')}</summary>${tableMarkup({ caption: `${task.task}: all cells`, head, rows: lines })}</details>`;
}

/** One task of the report. */
export function taskSection(task: TaskComparison, place: number, rows: readonly ResultRow[]): Markup {
  const id = `task-${place}`;
  const figures = taskCharts(task).map((svg) => page`<figure>${trusted(svg)}</figure>`);
  const checks = task.checks.map(
    ({ equal, text }) => page`<p${equal ? '' : trusted(' class="warning"')}>${text}</p>`,
  );
  return page`<section aria-labelledby="${id}"><h2 id="${id}">${task.task}</h2>${task.findings.map((finding) => page`<p>${finding}</p>`)}${variantTable(task)}${checks}<div class="charts">${figures}</div>${verdicts(task)}${failures(task)}${cells(task, rows)}</section>`;
}
