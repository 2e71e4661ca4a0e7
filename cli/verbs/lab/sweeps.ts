import { capacityForm, SWEPT_FIELDS, type SweepPoint, type Swept } from '../../../eval/lab/index.js';
import { lineChart, type ChartPoint, type ChartSeries } from '../../../report/plots/index.js';
import type { Params } from '../../../src/core/params.js';
import { besideTheory, distinct, named, top1Lines, type Charts } from '../../../report/lab/labCharts.js';

const AXES: Readonly<Record<Swept, string>> = {
  dim: 'key dimension',
  correlation: 'mean cosine of two keys',
  decay: 'kept a write',
};

/** Places between the first and the last measured, close enough for a smooth line. */
function between(over: Swept, places: readonly number[]): number[] {
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const steps = Array.from({ length: 33 }, (_, i) =>
    over === 'dim' ? Math.round(low * (high / low) ** (i / 32)) : low + ((high - low) * i) / 32,
  );
  return distinct(steps);
}

/** The closed form of a point's rule with another value of what is swept. */
function formAt(point: SweepPoint, x: number, params: Params | undefined): number | null {
  return capacityForm(point.rule, { ...point, [SWEPT_FIELDS[point.over]]: x }, params) ?? null;
}

function errorLines(points: readonly SweepPoint[], params: Readonly<Record<string, Params>>): ChartSeries[] {
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
export function sweepCharts(points: readonly SweepPoint[], params: Readonly<Record<string, Params>>): Charts {
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
