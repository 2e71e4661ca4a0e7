import { phenomena, shownReading } from '../../eval/lab/index.js';
import type {
  CapacityPoint,
  ConditioningResult,
  ContextReport,
  DepthPoint,
  ExperimentResult,
  StabilityPoint,
} from '../../eval/lab/index.js';
import { heatMap, lineChart, type ChartPoint, type ChartSeries, type ReferenceLine } from '../plots/index.js';
import { explanationName } from './labTables.js';

/** Pictures by name, SVG. */
export type Charts = Readonly<Record<string, string>>;

/** Each value once. */
export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** A curve that goes beyond so many times the highest point of the lowest one would hide it. */
const HIDING = 8;
/** What is always drawn, in units of the US. */
const ALWAYS = 2;

/** Up to where curves are drawn. */
function reach(curves: readonly (readonly number[])[]): number {
  const highest = curves.map((curve) => Math.max(...curve.map(Math.abs)));
  return Math.max(ALWAYS, HIDING * Math.min(...highest.filter((value) => value > 0)));
}

/** Responses over steps, with a line at each end of a phase but the last. */
function curveChart(
  title: string,
  curves: readonly { readonly name: string; readonly curve: readonly number[] }[],
  ends: readonly number[],
): string | undefined {
  const most = reach(curves.map(({ curve }) => curve));
  const drawn = (value: number): number | null => (Math.abs(value) <= most ? value : null);
  const series = curves.map(({ name, curve }): ChartSeries => {
    return { name, points: curve.map((value, i) => ({ x: i + 1, y: drawn(value) })) };
  });
  if (!series.some(({ points }) => points.some(({ y }) => y !== null))) return undefined;
  const references = ends
    .slice(0, -1)
    .map((end, i): ReferenceLine => ({ axis: 'x', value: end + 0.5, label: `phase ${i + 2}` }));
  return lineChart({ title, x: 'step', y: 'response (units of the US)', series, references });
}

/** Those of the pictures that there is something to draw for. */
export function named(charts: readonly (readonly [string, string | undefined])[]): Charts {
  return Object.fromEntries(
    charts.flatMap(([name, svg]) => (svg === undefined ? [] : [[name, svg] as const])),
  );
}

/** A measured line and, in the same style, the closed form as a thin one, where there is any of it. */
export function besideTheory(
  { name, style, points }: Pick<ChartSeries, 'name' | 'points'> & { readonly style: number },
  form: readonly ChartPoint[],
  theory = `${name}, theory`,
): ChartSeries[] {
  const measured = { name, points, style };
  const known = form.some(({ y }) => y !== null);
  return known ? [measured, { name: theory, points: form, kind: 'theory', style }] : [measured];
}

/** Top-1 with its interval over what `at` says, one line per rule. */
export function top1Lines<T extends Pick<CapacityPoint, 'rule' | 'top1'>>(
  points: readonly T[],
  at: (point: T) => number,
): ChartSeries[] {
  return distinct(points.map(({ rule }) => rule)).map((name) => {
    const own = points.filter(({ rule }) => rule === name);
    return {
      name,
      points: own.map((point) => {
        const { value, low, high } = point.top1;
        return { x: at(point), y: value, low, high };
      }),
    };
  });
}

/** One picture per phenomenon: the response over time, one line per rule. */
export function conditioningCharts(results: readonly ConditioningResult[]): Charts {
  return named(
    distinct(results.map(({ phenomenon }) => phenomenon)).map((name) => {
      const phenomenon = phenomena[name];
      const reading = phenomenon ? shownReading(phenomenon) : '';
      const own = results.filter((one) => one.phenomenon === name && one.reading === reading);
      const curves = own.map(({ rule, curve }) => ({ name: rule, curve }));
      const title = `${phenomenon?.title ?? name}: ${reading} (${phenomenon?.design ?? ''})`;
      return [name, curveChart(title, curves, own[0]?.ends ?? [])] as const;
    }),
  );
}

/** Error of chained retrieval over layers with its closed form, and top-1 with and without clean-up. */
export function depthCharts(points: readonly DepthPoint[]): Charts {
  const key = ({ rule, heads, width }: DepthPoint): string => `${rule}, ${heads} heads, width ${width}`;
  const chains = distinct(points.map(key)).map((name) => ({
    name,
    own: points.filter((one) => key(one) === name),
  }));
  const error = chains.flatMap(({ name, own }, style) => {
    const points = own.map(({ layers, error: { value, low, high } }) => ({
      x: layers,
      y: drawnLog(value),
      low: drawnLog(low),
      high: drawnLog(high),
    }));
    const form = own.map((one) => ({ x: one.layers, y: one.error.predicted }));
    return besideTheory({ name, style, points }, form);
  });
  const top1 = chains.flatMap(({ name, own }): ChartSeries[] => [
    { name, points: own.map((one) => ({ x: one.layers, y: one.top1.value })) },
    { name: `${name}, cleaned`, points: own.map((one) => ({ x: one.layers, y: one.cleanedTop1.value })) },
  ]);
  const drawable = error.some(({ points: places }) => places.some(({ y }) => y !== null));
  return named([
    [
      'error',
      drawable
        ? lineChart({
            title: 'Chained retrieval',
            x: 'layers',
            y: 'mean squared error',
            series: error,
            logY: true,
          })
        : undefined,
    ],
    [
      'top1',
      lineChart({
        title: 'Chained retrieval, top-1',
        x: 'layers',
        y: 'share found',
        series: top1,
        yDomain: [0, 1],
      }),
    ],
  ]);
}

/** A value for a logarithmic axis. */
function drawnLog(value: number | null): number | null {
  return value !== null && value > 0 && Number.isFinite(value) ? value : null;
}

/** The largest value of each rule's quantity that stayed bounded, by write strength and decay. */
export function stabilityCharts(points: readonly StabilityPoint[]): Charts {
  const place = ({ beta, decay }: StabilityPoint): string => `${beta} / ${decay}`;
  const columns = distinct(points.map(place));
  const names = distinct(points.map(({ rule, quantity }) => `${rule}: ${quantity}`));
  const values = names.map((name) =>
    columns.map((column) => {
      const own = points.find((one) => `${one.rule}: ${one.quantity}` === name && place(one) === column);
      return own?.bounded ?? null;
    }),
  );
  return named([
    [
      'edge',
      heatMap({
        title: 'Bounded up to',
        rows: names,
        columns,
        values,
        label: 'the quantity; columns: write strength / decay',
      }),
    ],
  ]);
}

/** One picture per reading: the response over time, one line per rule. */
export function experimentCharts(title: string, results: readonly ExperimentResult[]): Charts {
  return named(
    distinct(results.map(({ reading }) => reading)).map((reading, i) => {
      const own = results.filter((one) => one.reading === reading);
      const last = Math.max(...own.map(({ phase }) => phase));
      const curves = own
        .filter(({ phase }) => phase === last)
        .map(({ rule, curve }) => ({ name: rule, curve }));
      const [first] = own;
      const ends = own.filter(({ rule }) => rule === first?.rule).map(({ curve }) => curve.length);
      return [`${i + 1}`, curveChart(`${title}: ${reading}`, curves, ends)] as const;
    }),
  );
}

/** Measured less predicted, by reading and explanation. */
export function contextCharts({ results, fits }: ContextReport): Charts {
  const key = ({ phenomenon, reading }: ContextReport['results'][number]): string =>
    `${phenomenon}: ${reading}`;
  const rows = distinct(results.map(key));
  const values = rows.map((row) =>
    fits.map(({ rule }) => {
      const own = results.find((one) => one.rule === rule && key(one) === row)?.measured;
      const difference = (own?.value ?? NaN) - (own?.predicted ?? NaN);
      return Number.isFinite(difference) ? Math.max(-1, Math.min(1, difference)) : null;
    }),
  );
  const columns = fits.map(({ rule }) => explanationName(rule));
  const label = 'measured less predicted, beyond 1 drawn as 1 (units of the US)';
  return named([
    [
      'differences',
      heatMap({
        title: 'A trained model in context',
        rows,
        columns,
        values,
        label,
        centre: 0,
        domain: [-1, 1],
      }),
    ],
  ]);
}
