import {
  capacityForm,
  SWEPT_FIELDS,
  type CapacityPoint,
  type Scaling,
  type SweepPoint,
  type Swept,
} from '../../eval/lab/index.js';
import { lineChart, type ChartPoint, type ChartSeries } from '../plots/index.js';
import type { Params } from '../../src/core/params.js';
import { besideTheory, distinct, named, top1Lines, type Charts } from './labCharts.js';

type ByRule = Readonly<Record<string, Params>>;

/** Counts from 1 to the largest measured, close enough for a smooth line. */
function counts(most: number): number[] {
  const steps = Array.from({ length: 33 }, (_, i) => Math.round(most ** (i / 32)));
  return distinct(steps).filter((count) => count > 1);
}

function capacityLines(points: readonly CapacityPoint[], params: ByRule): ChartSeries[] {
  return distinct(points.map(({ rule }) => rule)).flatMap((rule, style) => {
    const own = points.filter((point) => point.rule === rule);
    const [first] = own;
    const measured = own.map(({ pairs, error: { value, low, high } }) => ({ x: pairs, y: value, low, high }));
    const form = counts(Math.max(...own.map(({ pairs }) => pairs))).map((pairs): ChartPoint => {
      const y = first && capacityForm(rule, { ...first, pairs }, params[rule]);
      return { x: pairs, y: y ?? null };
    });
    return besideTheory({ name: rule, style, points: measured }, form);
  });
}

/** Error by age after the largest number of pairs. */
function ageLines(points: readonly CapacityPoint[]): ChartSeries[] {
  const most = Math.max(...points.map(({ pairs }) => pairs));
  return points
    .filter(({ pairs }) => pairs === most)
    .flatMap(({ rule, ages }, style) => {
      const middle = ({ from, to }: (typeof ages)[number]): number => (from + to) / 2;
      const measured = ages.map((age) => ({
        x: middle(age),
        y: age.error.value,
        low: age.error.low,
        high: age.error.high,
      }));
      const form = ages.map((age) => ({ x: middle(age), y: age.error.predicted }));
      return besideTheory({ name: rule, style, points: measured }, form);
    });
}

/** Pairs at the threshold over key dimension: average case by rule, worst case of the keys, and sqrt(K). */
function scalingLines(scalings: readonly Scaling[]): ChartSeries[] {
  return scalings.flatMap(({ rule, capacities, theory }, style) => {
    const known = capacities.filter(({ others }) => others !== null && others > 0);
    if (known.length === 0) return [];
    const [first] = known;
    const form = capacities.map(({ K, predicted }): ChartPoint => {
      const scaled = first ? (first.others ?? 0) * (K / first.K) ** theory : null;
      return { x: K, y: rule === null ? scaled : predicted };
    });
    const points = known.map(({ K, others }) => ({ x: K, y: others }));
    const [name, theoryName] = rule === null ? ['worst case', 'sqrt(K)'] : [rule, `${rule}, theory`];
    return besideTheory({ name, style, points }, form, theoryName);
  });
}

const AXES: Readonly<Record<Swept, string>> = {
  dim: 'key dimension',
  correlation: 'mean cosine of two keys',
  decay: 'kept per write',
};

/** Values between the first and the last measured, close enough for a smooth line. */
function between(over: Swept, values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = Array.from({ length: 33 }, (_, i) =>
    over === 'dim' ? Math.round(low * (high / low) ** (i / 32)) : low + ((high - low) * i) / 32,
  );
  return distinct(steps);
}

/** The closed form of a point's rule with another value of what is swept. */
function formAt(point: SweepPoint, x: number, params: Params | undefined): number | null {
  return capacityForm(point.rule, { ...point, [SWEPT_FIELDS[point.over]]: x }, params) ?? null;
}

function errorLines(points: readonly SweepPoint[], params: ByRule): ChartSeries[] {
  return distinct(points.map(({ rule }) => rule)).flatMap((rule, style) => {
    const own = points.filter((point) => point.rule === rule);
    const [first] = own;
    if (!first) return [];
    const measured = own.map(({ at, error: { value, low, high } }) => ({ x: at, y: value, low, high }));
    const places = between(
      first.over,
      own.map(({ at }) => at),
    );
    const form = places.map((x): ChartPoint => ({ x, y: formAt(first, x, params[rule]) }));
    return besideTheory({ name: rule, style, points: measured }, form);
  });
}

/** Error with the closed forms, and top-1, over each thing that was swept: `by-decay`, `by-decay-top1`. */
function sweepCharts(points: readonly SweepPoint[], params: ByRule): Charts {
  return named(
    distinct(points.map(({ over }) => over)).flatMap((over) => {
      const own = points.filter((point) => point.over === over);
      const pairs = own[0]?.pairs ?? 0;
      const axis = { x: AXES[over], logX: over === 'dim' };
      const error = lineChart({
        ...axis,
        title: `Retrieval error of ${pairs} pairs`,
        y: 'mean squared error',
        series: errorLines(own, params),
      });
      const top1 = lineChart({
        ...axis,
        title: `Retrieval of ${pairs} pairs, top-1`,
        y: 'share found',
        series: top1Lines(own, ({ at }) => at),
        yDomain: [0, 1],
      });
      return [[`by-${over}`, error] as const, [`by-${over}-top1`, top1] as const];
    }),
  );
}

/** Error, error by age, top-1, scaling and sweeps, with the closed forms as thin lines. */
export function capacityCharts(
  points: readonly CapacityPoint[],
  sweeps: readonly SweepPoint[],
  scalings: readonly Scaling[],
  params: ByRule,
): Charts {
  const [first] = points;
  const about = first ? `K ${first.K}, V ${first.V}, decay ${first.decay}, cosine ${first.correlation}` : '';
  const scaling = scalingLines(scalings);
  const main = named([
    [
      'error',
      lineChart({
        title: `Retrieval error (${about})`,
        x: 'pairs',
        y: 'mean squared error',
        series: capacityLines(points, params),
        logX: true,
      }),
    ],
    [
      'ages',
      lineChart({
        title: `Retrieval error by age (${about})`,
        x: 'pairs stored since',
        y: 'mean squared error',
        series: ageLines(points),
      }),
    ],
    [
      'top1',
      lineChart({
        title: `Retrieval, top-1 (${about})`,
        x: 'pairs',
        y: 'share found',
        series: top1Lines(points, ({ pairs }) => pairs),
        logX: true,
        yDomain: [0, 1],
      }),
    ],
    [
      'scaling',
      scaling.length > 0
        ? lineChart({
            title: 'Other pairs at the threshold',
            x: 'key dimension',
            y: 'other pairs',
            series: scaling,
            logX: true,
            logY: true,
          })
        : undefined,
    ],
  ]);
  return { ...main, ...sweepCharts(sweeps, params) };
}
