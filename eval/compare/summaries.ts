import type { Rng } from '../../src/core/rng.js';
import { meanInterval, type IntervalMethod, type Range } from '../stats/meanInterval.js';
import type {
  CurveMean,
  PairVerdict,
  SeedMean,
  SliceMean,
  VariantCost,
  VariantSummary,
} from './comparison.js';
import type { CellTiming } from './contract.js';
import { trainingEnd } from './convergence.js';
import type { DoneRow, VariantGroup } from './groups.js';
import { groupBy } from './groups.js';

/** How means over seeds are made. */
export interface SummaryOptions {
  /** Chance of an interval to miss. */
  readonly level: number;
  readonly interval?: IntervalMethod | undefined;
  readonly rng: Rng;
  /** Between what the main metric lies. */
  readonly range?: Range | undefined;
  /** By cell. */
  readonly timings: ReadonlyMap<string, CellTiming>;
}

function seedMean(
  values: readonly number[],
  what: string,
  { level, interval, rng, range }: SummaryOptions,
): SeedMean {
  const options = { level: 1 - level, rng: rng.derive('mean', what), method: interval, range };
  const { value, low, high } = meanInterval(values, options);
  return { mean: value, low, high, seeds: values.length };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

/** Means at the places of training that every finished seed has. */
function curveMeans(rows: readonly DoneRow[], options: SummaryOptions): CurveMean[] {
  const places = groupBy(
    rows.flatMap((row) => row.curve),
    ({ step }) => String(step),
  );
  const inAll = [...places.values()].filter((points) => points.length === rows.length);
  const means = inAll.flatMap((points) => {
    const [first] = points;
    const values = known(points.map((point) => point.validation));
    if (!first || values.length < points.length) return [];
    return [{ step: first.step, tokens: first.tokens, ...seedMean(values, `step ${first.step}`, options) }];
  });
  return means.sort((a, b) => a.step - b.step);
}

function sliceMeans(rows: readonly DoneRow[], options: SummaryOptions): SliceMean[] {
  const parts = groupBy(
    rows.flatMap((row) => row.slices),
    ({ slice, key }) => JSON.stringify([slice, key]),
  );
  return [...parts].flatMap(([name, found]) => {
    const [first] = found;
    const values = known(found.map(({ value }) => value));
    if (!first || values.length === 0) return [];
    return [{ slice: first.slice, key: first.key, ...seedMean(values, name, options) }];
  });
}

function metricMeans(rows: readonly DoneRow[], options: SummaryOptions): Record<string, SeedMean> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = rows.flatMap((row) => row.metrics[name] ?? []);
      return [name, seedMean(values, name, { ...options, range: undefined })];
    }),
  );
}

/** Mean of what was timed; null when nothing was. */
function meanTime(
  rows: readonly DoneRow[],
  field: 'trainTokensPerSecond' | 'decodeMs',
  options: SummaryOptions,
) {
  const times = rows.flatMap((row) => options.timings.get(row.cell)?.[field] ?? []);
  return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length;
}

function costOf(rows: readonly DoneRow[], options: SummaryOptions): VariantCost | null {
  const [first] = rows;
  if (!first) return null;
  return {
    ...first.cost,
    trainTokensPerSecond: meanTime(rows, 'trainTokensPerSecond', options),
    decodeMs: meanTime(rows, 'decodeMs', options),
  };
}

/** Pairs in which the variant came out better, and worse. */
function score(label: string, pairs: readonly PairVerdict[]): { wins: number; losses: number } {
  const as = (outcome: 'better' | 'worse', other: 'better' | 'worse'): number =>
    pairs.filter(
      (pair) =>
        (pair.a === label && pair.outcome === outcome) || (pair.b === label && pair.outcome === other),
    ).length;
  return { wins: as('better', 'worse'), losses: as('worse', 'better') };
}

/** One variant of a task over its seeds. */
export function summarise(
  { label, variant, place, done }: VariantGroup,
  pairs: readonly PairVerdict[],
  given: SummaryOptions,
): VariantSummary {
  const rows = [...done.values()].sort((a, b) => a.seed - b.seed);
  const options = { ...given, rng: given.rng.derive(label) };
  const tests = rows.map((row) => row.test);
  return {
    label,
    variant,
    place,
    test: tests.length === 0 ? null : seedMean(tests, 'test', options),
    bySeed: rows.map(({ seed, test }) => ({ seed, test })),
    metrics: metricMeans(rows, options),
    learningRates: [...new Set(rows.map((row) => row.learningRate))].sort((a, b) => a - b),
    curve: curveMeans(rows, options),
    end: trainingEnd(
      rows.map((row) => row.curve),
      { best: rows[0]?.best ?? 'high', range: options.range, rng: options.rng },
    ),
    slices: sliceMeans(rows, options),
    cost: costOf(rows, options),
    ...score(label, pairs),
  };
}
