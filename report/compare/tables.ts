import { counted } from '../../src/core/text.js';
import type {
  Comparison,
  Frontier,
  PairVerdict,
  SeedMean,
  TaskComparison,
  TrainingEnd,
} from '../../eval/compare/comparison.js';
import type { ResultRow } from '../../eval/compare/contract.js';
import { frontierCosts } from '../../eval/compare/frontier.js';
import { ranked } from '../../eval/compare/findings.js';
import { variantKey } from '../../eval/compare/labels.js';
import { inWords, signedInWords } from '../../eval/compare/words.js';
import { grouped, pickColumns, table, type Cell, type Column, type Estimate, type Table } from '../table.js';

/** A format of at most so many significant digits. */
const digits = (most: number) => (value: number) => inWords(value, most);

/** Name of the task's metric with its unit and which way is better. */
export function metricLabel({ metric, unit, best }: TaskComparison): string {
  const named = unit === '' || unit === metric ? metric : `${metric} (${unit})`;
  return `${named}, ${best === 'high' ? 'more' : 'less'} is better`;
}

function estimate(score: SeedMean | null | undefined): Estimate | string {
  if (!score) return 'no result';
  const { mean, low, high } = score;
  return { value: mean, low, high };
}

/** How validation changed over the last fifth of training, and what that says. */
export function endCells(end: TrainingEnd | null): readonly [Cell, Cell] {
  if (!end) return [null, null];
  const { change, low, high, convergence } = end;
  const said = {
    improving: 'still improving',
    worsening: 'getting worse',
    level: 'level',
  };
  return [{ value: change, low, high }, said[convergence]];
}

/** Labels of the columns that a terminal has room for. */
export const TERMINAL_COLUMNS = (task: TaskComparison): readonly string[] => [
  ...['variant', metricLabel(task), 'seeds', 'learning rate', 'at the end'],
  ...['parameters', 'state bytes', 'FLOPs/token', 'training tokens/s'],
];

/** The variants of a task, the best first: scores over seeds, verdicts won and lost, cost, further metrics. */
export function variantTable(task: TaskComparison): Table {
  const measured = task.variants.flatMap(({ metrics }) => Object.keys(metrics));
  const others = [...new Set(measured)].filter((name) => name !== task.metric);
  const columns: (string | Column)[] = [
    'variant',
    { label: metricLabel(task), format: digits(4) },
    'seeds',
    { label: 'better / worse', align: 'right' },
    { label: 'learning rate', align: 'right' },
    { label: 'validation, last fifth', format: signedInWords },
    'at the end',
    ...['parameters', 'state bytes', 'FLOPs/token', 'training tokens/s'].map((label) => ({
      label,
      format: grouped,
    })),
    { label: 'decode ms', format: digits(3) },
    ...others.map((label) => ({ label, format: digits(4) })),
  ];
  const rows = ranked(task.variants, task.best).map(
    ({ label, test, cost, learningRates, wins, losses, metrics, end }): Cell[] => [
      label,
      estimate(test),
      test?.seeds ?? 0,
      `${wins} / ${losses}`,
      learningRates.map((rate) => inWords(rate)).join(', '),
      ...endCells(end),
      cost?.parameters ?? null,
      cost?.stateBytes ?? null,
      cost?.flopsPerToken ?? null,
      cost?.trainTokensPerSecond ?? null,
      cost?.decodeMs ?? null,
      ...others.map((name) => estimate(metrics[name])),
    ],
  );
  const all = table(
    `${task.task}: variants, the best mean first, with 95 % intervals over seeds`,
    columns,
    rows,
  );
  // Scores from elsewhere come without rates and costs.
  const nothing: readonly (Cell | undefined)[] = [null, 0, '0', ''];
  const isKnown = (i: number): boolean => i < 4 || all.rows.some((row) => !nothing.includes(row[i]));
  return pickColumns(
    all,
    all.columns.filter((_, i) => isKnown(i)).map(({ label }) => label),
  );
}

/** The variants of a frontier, cheapest first: those that are on it, or all. */
export function frontierTable(task: TaskComparison, { name, curves }: Frontier, all: boolean): Table {
  const cost = frontierCosts[task.frontiers?.cost ?? 'state'].label;
  const points = curves
    .flatMap((curve) => curve.points)
    .filter(({ isOnFrontier }) => all || isOnFrontier)
    .sort((a, b) => a.cost - b.cost);
  const where = name === '' ? task.task : `${task.task}, ${name}`;
  return table(
    `${where}: the best ${task.metric} at so many ${cost} or fewer`,
    [
      { label: cost, format: grouped },
      'variant',
      { label: metricLabel(task), format: digits(4) },
      ...(all ? ['on the frontier'] : []),
    ],
    points.map(({ label, cost: at, test, isOnFrontier }) => [
      at,
      label,
      estimate(test),
      ...(all ? [isOnFrontier ? 'yes' : ''] : []),
    ]),
  );
}

/** The pair of two labels, seen from the first: how much better it is, in the unit. */
function advantage({ pairs }: TaskComparison, row: string, column: string): Estimate | null {
  const pair = pairs.find(({ a, b }) => (a === row && b === column) || (a === column && b === row));
  if (pair?.difference == null) return null;
  const reversed = pair.a !== row;
  const turned = (bound: number | null): number | null => (bound === null ? null : -bound);
  const seen = reversed
    ? { value: -pair.difference, low: turned(pair.high), high: turned(pair.low) }
    : { value: pair.difference, low: pair.low, high: pair.high };
  if (pair.outcome === 'equivalent') return { ...seen, mark: 'equal' };
  if (pair.outcome !== 'better' && pair.outcome !== 'worse') return seen;
  return { ...seen, mark: (pair.outcome === 'better') !== reversed ? 'better' : 'worse' };
}

/** The differences of every two variants, rows less columns. */
export function differenceTable(task: TaskComparison): Table {
  const labels = ranked(task.variants, task.best).map(({ label }) => label);
  return table(
    `${task.task}: row minus column in ${task.unit || task.metric}; ▲ the row is better, ▼ worse, = equivalent, no sign: not decided`,
    ['', ...labels.map((label) => ({ label, format: signedInWords }))],
    labels.map((row) => [row, ...labels.map((column) => advantage(task, row, column))]),
  );
}

function pairRow(pair: PairVerdict): Cell[] {
  const { difference, low, high, seedsNeeded } = pair;
  return [
    `${pair.a} − ${pair.b}`,
    difference === null ? null : { value: difference, low, high },
    `${counted(pair.seeds.length, 'seed')}, ${pair.test}`,
    ...[pair.p, pair.pHolm, pair.pEquivalent, pair.pT, pair.pPermutation],
    ...[pair.cohenD, pair.hedgesG, pair.detectable],
    seedsNeeded === Infinity ? 'over 10,000' : seedsNeeded,
    pair.outcome === 'undecided' ? 'not decided' : pair.outcome,
  ];
}

/** Every two variants in numbers. */
export function pairTable({ task, pairs }: TaskComparison): Table {
  const [two, three] = [digits(2), digits(3)];
  return table(
    `${task}: all pairs in numbers`,
    [
      'pair',
      { label: 'difference', format: three },
      'decided by',
      ...['p', 'p (corrected)', 'p (equivalent)', 'p (t)', 'p (permutation)'].map((label) => ({
        label,
        format: two,
      })),
      ...['d', 'g', 'detectable difference'].map((label) => ({ label, format: three })),
      { label: 'seeds needed', align: 'right', format: digits(4) },
      'outcome',
    ],
    pairs.map(pairRow),
  );
}

/** Cells that gave no result, with the reason. */
export function failureTable({ task, failures }: TaskComparison): Table {
  return table(
    `${task}: cells without a result`,
    ['variant', 'seed', 'status', 'reason'],
    failures.map(({ label, seed, status, reason }) => [label, seed, status, reason]),
  );
}

/** Every row of a task as it was measured. */
export function cellTable({ task, metric, variants }: TaskComparison, rows: readonly ResultRow[]): Table {
  const labels = new Map(variants.map(({ variant, label }) => [variantKey(variant), label]));
  return table(
    `${task}: all cells`,
    [
      'variant',
      'seed',
      'status',
      { label: `${metric} on test`, format: digits(6) },
      { label: 'learning rate', format: digits(4) },
      'cell',
    ],
    rows
      .filter((row) => row.task === task)
      .map(({ variant, seed, status, test, learningRate, cell }) => [
        ...[labels.get(variantKey(variant)) ?? '', seed, status],
        ...[test, learningRate, cell],
      ]),
  );
}

/**
 * All rows with one line per cell and numbers as in results.jsonl, for CSV.
 *
 * Curves and slices, which are lists, stay in results.jsonl.
 */
export function resultTable({ rows }: Comparison): Table {
  const keysOf = (part: 'variant' | 'metrics'): string[] => [
    ...new Set(rows.flatMap((row) => Object.keys(row[part]))),
  ];
  const [variant, metrics] = [keysOf('variant'), keysOf('metrics')];
  const columns = [
    ...['cell', 'task', ...variant, 'seed', 'status', 'reason', 'learningRate', 'metric', 'unit', 'best'],
    ...['test', ...metrics.map((name) => `test.${name}`), 'parameters', 'stateBytes', 'flopsPerToken'],
  ];
  return table(
    'results',
    columns,
    rows.map((row): Cell[] => [
      ...[row.cell, row.task, ...variant.map((key) => row.variant[key] ?? null), row.seed, row.status],
      ...[row.reason ?? null, row.learningRate, row.metric, row.unit, row.best, row.test],
      ...metrics.map((name) => row.metrics[name] ?? null),
      ...[row.cost.parameters, row.cost.stateBytes, row.cost.flopsPerToken],
    ]),
  );
}
