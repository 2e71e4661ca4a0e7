import { capacityForm } from '../../eval/lab/index.js';
import type { CapacityPoint, Scaling } from '../../eval/lab/index.js';
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

/** Error, error by age, top-1 and scaling, with the closed forms as thin lines. */
export function capacityCharts(
  points: readonly CapacityPoint[],
  scalings: readonly Scaling[],
  params: ByRule,
): Charts {
  const [first] = points;
  const about = first ? `K ${first.K}, V ${first.V}, decay ${first.decay}, cosine ${first.correlation}` : '';
  const scaling = scalingLines(scalings);
  return named([
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
}
