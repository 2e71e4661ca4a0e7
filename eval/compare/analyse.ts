import { ConfigError, DataError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { BOOTSTRAP_VALUES, type IntervalMethod } from '../stats/meanInterval.js';
import type { PairedTest } from '../stats/power.js';
import { EQUAL_WITHIN, equalityChecks, failuresOf } from './checks.js';
import type { Comparison, PairVerdict, TaskComparison } from './comparison.js';
import type { CellTiming, ResultRow } from './contract.js';
import { findingsOf } from './findings.js';
import { groupRows, rangeOf, type TaskGroup } from './groups.js';
import { constantEntries } from './labels.js';
import { summarise, type SummaryOptions } from './summaries.js';
import { judge, pairsOf } from './verdicts.js';
import { permutationLimit } from './verdictText.js';
import { counted, inWords } from './words.js';

/** How a grid is analysed; what is left out is as said. */
export interface AnalyseOptions {
  /** Chance of any false verdict, and of each interval to miss; 0.05. */
  readonly level?: number;
  /** Chance to see a difference that statements about what could have been seen are made for; 0.8. */
  readonly power?: number;
  /** Test that decides; permutation where it can decide with the seeds at hand, else t. */
  readonly test?: PairedTest;
  /** How intervals are made; by t below 20 seeds, else by the bootstrap. */
  readonly interval?: IntervalMethod;
  /** Pairs that one correction is for: of the whole comparison, which holds the level for it, or of each task; `all`. */
  readonly family?: 'all' | 'task';
  /** Part of the least by which parameters or bytes of state may differ and still count as equal; 0.02. */
  readonly equalWithin?: number;
  /** Seed of bootstrap and sampled permutations; 0. */
  readonly seed?: number;
  /** What cells took. */
  readonly timings?: readonly CellTiming[];
}

type Settled = Required<Omit<AnalyseOptions, 'test' | 'interval' | 'timings' | 'seed'>> &
  Pick<SummaryOptions, 'rng' | 'interval' | 'timings'> & { readonly test: PairedTest | undefined };

function settle(options: AnalyseOptions): Settled {
  const {
    level = 0.05,
    power = 0.8,
    family = 'all',
    equalWithin = EQUAL_WITHIN,
    seed = 0,
    timings = [],
  } = options;
  for (const [name, value] of Object.entries({ level, power })) {
    if (!(value > 0 && value < 1))
      throw new ConfigError(`analyse.${name}: expected a number between 0 and 1, got ${value}`);
  }
  const { test, interval } = options;
  const byCell = new Map(timings.map((timing) => [timing.cell, timing]));
  return { level, power, family, equalWithin, rng: Rng.fromSeed(seed), timings: byCell, test, interval };
}

/** Verdicts of all tasks, a list a task, corrected over the families asked for. */
function verdicts(groups: readonly TaskGroup[], options: Settled): PairVerdict[][] {
  const pairs = groups.map(pairsOf);
  if (options.family === 'task') return pairs.map((inTask) => judge(inTask, options));
  const all = judge(pairs.flat(), options);
  let start = 0;
  return pairs.map((inTask) => all.slice(start, (start += inTask.length)));
}

function compareTask(group: TaskGroup, pairs: readonly PairVerdict[], options: Settled): TaskComparison {
  const { task, metric, unit, best } = group;
  const summaries = { ...options, rng: options.rng.derive(task), range: rangeOf(group) };
  const variants = group.variants.map((variant) => summarise(variant, pairs, summaries));
  const failures = failuresOf(group);
  const checks = equalityChecks(variants, options.equalWithin);
  const findings = findingsOf(group, variants, pairs, failures.length);
  return { task, metric, unit, best, variants, pairs, failures, checks, findings };
}

function countCells(rows: readonly ResultRow[]): Comparison['cells'] {
  const of = (status: ResultRow['status']): number => rows.filter((row) => row.status === status).length;
  return { total: rows.length, done: of('done'), diverged: of('diverged'), failed: of('failed') };
}

/** The tests that decided and the intervals that were made. */
function methodsUsed(pairs: readonly PairVerdict[]): string[] {
  const tested = pairs.filter(({ outcome }) => outcome !== 'untested');
  const tTested = tested.filter(({ test }) => test === 't');
  const byT = tTested.length;
  const byPermutation = tested.length - byT;
  const limits = [...new Set(tTested.flatMap((pair) => permutationLimit(pair) ?? []))];
  return [
    ...(byPermutation > 0
      ? [
          `${counted(byPermutation, 'pair')} decided by the exact paired permutation test (sign flips; sampled above 16 seeds), which assumes only that the two could be exchanged.`,
        ]
      : []),
    ...(byT > 0
      ? [
          `${counted(byT, 'pair')} decided by the paired t test, which takes differences between seeds to be normal: with so few seeds the permutation test cannot reach the level after correction${limits.length > 0 ? ` (${limits.join('; ')})` : ''}.`,
        ]
      : []),
  ];
}

function methodsOf(pairs: readonly PairVerdict[], family: number, options: Settled): string[] {
  const { level, power, interval } = options;
  const percent = (part: number): string => `${inWords(100 * part)} %`;
  const intervals =
    interval === 't'
      ? "by Student's t"
      : interval === 'bootstrap'
        ? 'by the BCa bootstrap'
        : `by Student's t below ${BOOTSTRAP_VALUES} seeds and by the BCa bootstrap from there up`;
  return [
    'Each variant is a mean over seeds; two variants are compared by their differences in the seeds that both finished. What is said holds for new seeds of training, on the test samples used here.',
    ...methodsUsed(pairs),
    `P values are corrected by Holm over ${counted(family, 'pair')}${options.family === 'task' ? ' of each task at most' : ''}: the chance of any false verdict ${options.family === 'task' ? 'on a task' : 'in this report'} is at most ${percent(level)}.`,
    `Intervals cover ${percent(1 - level)}, ${intervals}, each for itself, without correction; an interval that leaves out 0 does not make a verdict.`,
    `The difference that could have been seen is the least that the test, at the corrected level, finds ${percent(power)} of the time, for differences as spread as those measured (non-central t distribution; simulation for the permutation test).`,
    'Effect sizes are those of paired differences: d = mean / standard deviation, and g, d without the bias of few seeds.',
  ];
}

/** The largest family that was corrected over. */
function familySize(pairs: readonly (readonly PairVerdict[])[], family: 'all' | 'task'): number {
  const sizes = pairs.map((inTask) => inTask.filter(({ outcome }) => outcome !== 'untested').length);
  return family === 'all' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(0, ...sizes);
}

/** A row with a score that is no number, which a run that ran away leaves, has no result. */
function withoutNonFinite(row: ResultRow): ResultRow {
  if (row.status !== 'done' || row.test === null || Number.isFinite(row.test)) return row;
  return { ...row, status: 'diverged', test: null, reason: `the test gave ${row.test}, no finite number` };
}

/**
 * What a grid of cells says: means with intervals, a verdict for every two variants of a task, costs, failures.
 *
 * Pairs are matched by seed. A score that is not finite counts as diverged. The chance of any false verdict is at most `level`.
 * The same rows and options give the same comparison.
 * @throws DataError when there are no rows, or rows contradict each other.
 * @throws ConfigError when level or power do not lie between 0 and 1.
 */
export function analyse(given: readonly ResultRow[], options: AnalyseOptions = {}): Comparison {
  const rows = given.map(withoutNonFinite);
  if (rows.length === 0) throw new DataError('results: expected at least one row, got none');
  const settled = settle(options);
  const groups = groupRows(rows);
  const pairs = verdicts(groups, settled);
  const family = familySize(pairs, settled.family);
  return {
    tasks: groups.map((group, i) => compareTask(group, pairs[i] ?? [], settled)),
    constants: constantEntries(rows.map((row) => row.variant)),
    cells: countCells(rows),
    level: settled.level,
    family,
    methods: methodsOf(pairs.flat(), family, settled),
    rows,
  };
}
