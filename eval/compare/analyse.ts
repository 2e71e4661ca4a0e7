import { counted } from '../../src/core/text.js';
import { z } from 'zod';
import { ConfigError, DataError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { list, optionsCheck } from '../../src/core/options.js';
import { natural } from '../../src/core/schema.js';
import { BOOTSTRAP_VALUES, type IntervalMethod } from '../stats/meanInterval.js';
import type { PairedTest } from '../stats/power.js';
import { EQUAL_WITHIN, equalityChecks, failuresOf } from './checks.js';
import type { Comparison, FrontierCost, PairVerdict, TaskComparison } from './comparison.js';
import type { CellTiming, ResultRow } from './contract.js';
import { datedVerdicts, trainingWarnings } from './convergence.js';
import { findingsOf } from './findings.js';
import { frontierCost, frontiersOf } from './frontier.js';
import { groupRows, rangeOf, type TaskGroup } from './groups.js';
import { constantEntries } from './labels.js';
import { overTasks } from './overTasks.js';
import { summarise, type SummaryOptions } from './summaries.js';
import { judge, pairsOf } from './verdicts.js';
import { permutationLimit } from './verdictText.js';
import { inWords } from './words.js';

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
  /**
   * Whether seeds were added after results had been looked at, as by `--seeds auto`. Then the anytime-valid test decides,
   * seed by seed, whatever `test` and `interval` say.
   */
  readonly sequential?: boolean;
  /**
   * How far apart two variants may be and still count as equal, in the unit of the metric; 0 for never. By the metric
   * unless given (`defaultMargin`).
   */
  readonly margin?: number | undefined;
  /** Part of the least by which parameters or bytes of state may differ and still count as equal; 0.02. */
  readonly equalWithin?: number;
  /** Whether each cell had several learning rates to choose from; false. */
  readonly ratesChosen?: boolean;
  /** Seed of bootstrap and sampled permutations; 0. */
  readonly seed?: number;
  /** What cells took. */
  readonly timings?: readonly CellTiming[];
  /** The cost that scores are weighed against. */
  readonly frontier?: FrontierCost | undefined;
}

const checkOptions = optionsCheck<AnalyseOptions>({
  level: z.number().optional(),
  power: z.number().optional(),
  test: z.enum(['permutation', 't']).optional(),
  interval: z.enum(['t', 'bootstrap']).optional(),
  family: z.enum(['all', 'task']).optional(),
  sequential: z.boolean().optional(),
  ratesChosen: z.boolean().optional(),
  margin: z.any().optional(),
  equalWithin: z.number().optional(),
  seed: natural.optional(),
  timings: list<readonly CellTiming[]>().optional(),
  frontier: frontierCost.optional(),
});

type Settled = Required<
  Omit<AnalyseOptions, 'test' | 'interval' | 'timings' | 'seed' | 'margin' | 'frontier'>
> &
  Pick<AnalyseOptions, 'frontier'> &
  Pick<SummaryOptions, 'rng' | 'interval' | 'timings'> & {
    readonly test: PairedTest | undefined;
    readonly marginOf: (subject: Pick<TaskGroup, 'metric' | 'unit'>) => number;
  };

/** Margins by the unit of the metric; a share has none. */
const MARGINS: Readonly<Record<string, number>> = {
  '': 0.01,
  'bits/byte': 0.01,
  'nats/token': 0.01,
  '/ d': 0.01,
};

/** How far apart two variants may be and still be equivalent, where nothing is said; 0, for never, where the unit is not known. */
export function defaultMargin({ metric, unit }: Pick<TaskGroup, 'metric' | 'unit'>): number {
  const key = unit === metric ? metric : unit;
  return Object.hasOwn(MARGINS, key) ? (MARGINS[key] ?? 0) : 0;
}

/**
 * The margin of each metric: that given, else the metric's own.
 *
 * @throws ConfigError when that given is below 0 or not finite.
 */
export function marginsOf(margin: number | undefined): Settled['marginOf'] {
  if (margin !== undefined && !(margin >= 0 && margin < Infinity))
    throw new ConfigError(`margin: expected a finite number from 0 up, got ${margin}`);
  return (subject) => margin ?? defaultMargin(subject);
}

function settle(options: AnalyseOptions): Settled {
  const {
    level = 0.05,
    power = 0.8,
    family = 'all',
    equalWithin = EQUAL_WITHIN,
    ratesChosen = false,
    sequential = false,
    margin,
    seed = 0,
    timings = [],
  } = checkOptions('analyse', options);

  for (const [name, value] of Object.entries({ level, power })) {
    if (!(value > 0 && value < 1))
      throw new ConfigError(`analyse.${name}: expected a number between 0 and 1, got ${value}`);
  }
  const { test, interval, frontier } = options;
  const byCell = new Map(timings.map((timing) => [timing.cell, timing]));
  return {
    frontier,
    level,
    power,
    family,
    equalWithin,
    ratesChosen,
    sequential,
    marginOf: marginsOf(margin),
    rng: Rng.fromSeed(seed),
    timings: byCell,
    test,
    interval,
  };
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
  const { frontier } = options;
  const summaries = { ...options, rng: options.rng.derive(task), range: rangeOf(group) };
  const variants = group.variants.map((variant) => summarise(variant, pairs, summaries));
  const failures = failuresOf(group);
  const checks = equalityChecks(variants, options.equalWithin);
  const findings = findingsOf(group, variants, pairs, failures.length);
  const margin = options.marginOf(group);
  const rates = variants.flatMap(({ learningRates }) => learningRates);
  const warnings = trainingWarnings(variants, rates, options.ratesChosen);
  return {
    task,
    metric,
    unit,
    best,
    margin,
    variants,
    failures,
    checks,
    findings,
    warnings,
    pairs: datedVerdicts(pairs, variants),
    frontiers: frontier ? { cost: frontier, of: frontiersOf(variants, best, frontier) } : null,
  };
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
  const byPermutation = tested.filter(({ test }) => test === 'permutation').length;
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

/** What is said of a fixed number of seeds. */
function fixedMethods(pairs: readonly PairVerdict[], family: number, options: Settled): string[] {
  const { level, power, interval } = options;
  const intervals =
    interval === 't'
      ? "by Student's t"
      : interval === 'bootstrap'
        ? 'by the BCa bootstrap'
        : `by Student's t below ${BOOTSTRAP_VALUES} seeds and by the BCa bootstrap from there up`;
  const perTask = options.family === 'task';
  return [
    ...methodsUsed(pairs),
    `P values are corrected by Holm over ${counted(family, 'pair')}${perTask ? ' of each task at most' : ''}: the chance of any false difference ${perTask ? 'on a task' : 'in this report'} is at most ${percent(level)}.`,
    `Intervals cover ${percent(1 - level)}, ${intervals}, each for itself, without correction; an interval that leaves out 0 does not make a verdict.`,
    `The difference that could have been seen is the least that the test, at the corrected level, finds ${percent(power)} of the time, for differences as spread as those measured (non-central t distribution; simulation for the permutation test).`,
  ];
}

/** What is said where seeds were added while looking. */
function sequentialMethods(family: number, { level }: Settled): string[] {
  return [
    `Seeds were added until pairs were decided, so an anytime-valid test decides: it bets on the sign of each difference before it is seen, and wins nothing on average if the two variants could be exchanged. Its p values hold however often one looks.`,
    `They are corrected over ${counted(family, 'pair')} by closed testing: the chance of any false difference in this report, at any look, is at most ${percent(level)}. A pair that is decided stays so.`,
    `Intervals of differences cover ${percent(1 - level)} at all looks at once, each for itself, without correction; those of means are Student's t intervals for a fixed number of seeds. Variants that were decided early have fewer seeds, so compare differences, not means.`,
  ];
}

/** What is said of equivalence, or of its absence. */
function marginMethods(groups: readonly TaskGroup[], { level, marginOf }: Settled): string[] {
  const margins = groups.map((group) => ({ group, margin: marginOf(group) }));
  const said = margins.flatMap(({ group: { task, metric, unit }, margin }) => {
    const size = `${inWords(margin)} ${unit === '' ? metric : unit}`;
    return margin > 0 ? [margins.length === 1 ? size : `${size} on ${task}`] : [];
  });
  if (said.length === 0) return ['No margin is set, so no pair can be found equivalent.'];
  return [
    `Two variants are equivalent when their difference is shown to be smaller than the margin, ${[...new Set(said)].join(', ')}: the test refutes both ends of it. The chance of any false equivalence is at most ${percent(level)}. Not decided means neither different nor equivalent.`,
  ];
}

const percent = (part: number): string => `${inWords(100 * part)} %`;

function methodsOf(
  groups: readonly TaskGroup[],
  pairs: readonly PairVerdict[],
  family: number,
  options: Settled,
): string[] {
  return [
    'Each variant is a mean over seeds; two variants are compared by their differences in the seeds that both finished. What is said holds for new seeds of training, on the test samples used here.',
    ...(options.sequential ? sequentialMethods(family, options) : fixedMethods(pairs, family, options)),
    ...marginMethods(groups, options),
    'Effect sizes are those of paired differences: d = mean / standard deviation, and g, d without the bias of few seeds.',
  ];
}

/** The largest family that was corrected over. */
function familySize(pairs: readonly (readonly PairVerdict[])[], family: 'all' | 'task'): number {
  const sizes = pairs.map((inTask) => inTask.filter(({ outcome }) => outcome !== 'untested').length);
  return family === 'all' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(0, ...sizes);
}

/** A row with a score that is no number, which a run that ran away leaves, has no result. */
export function withoutNonFinite(row: ResultRow): ResultRow {
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
  const settled = settle(options);
  const rows = given.map(withoutNonFinite);
  if (rows.length === 0) throw new DataError('results: expected at least one row, got none');
  const groups = groupRows(rows);
  const pairs = verdicts(groups, settled);
  const family = familySize(pairs, settled.family);
  const tasks = groups.map((group, i) => compareTask(group, pairs[i] ?? [], settled));
  return {
    tasks,
    overTasks: overTasks(tasks, groups, settled),
    constants: constantEntries(rows.map((row) => row.variant)),
    cells: countCells(rows),
    level: settled.level,
    family,
    methods: methodsOf(groups, pairs.flat(), family, settled),
    rows,
  };
}
