import { mean } from '../../src/core/numbers.js';
import { studentCritical } from './studentT.js';

/** A score at a place of the training, such as after so many tokens. */
interface TrendPoint {
  readonly at: number;
  readonly score: number;
}

/** How much a score changes over a fifth of the training, at its end. */
export interface Trend {
  /** In the unit of the score. */
  readonly change: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Points it rests on. */
  readonly points: number;
}

/** The part of a training that its end is. */
const END_SHARE = 0.2;

/** The part of a training that is looked at where its end has too few points. */
const WIDEST = 0.5;
const FEWEST = 3;

/** The points of the end of the training, or the last three where they lie in its second half. */
function endOf(points: readonly TrendPoint[]): readonly TrendPoint[] {
  const whole = points.at(-1)?.at ?? 0;
  // Halves of an update are no reason to leave a point out.
  const since = (share: number): TrendPoint[] =>
    points.filter(({ at }) => at >= (1 - share) * whole * (1 - 1e-9));
  const end = since(END_SHARE);
  return end.length >= FEWEST ? end : since(WIDEST).slice(-FEWEST);
}

/**
 * Whether a score still changes at the end of training: the line of least squares through its last fifth.
 *
 *   change = 1/5 whole * slope,   interval by Student's t with n - 2 degrees of freedom, about the line
 *
 * Where fewer than three validations lie in the last fifth, the last three of the second half are taken.
 * Units: those of the score. Null where there are fewer than three.
 */
export function endTrend(points: readonly TrendPoint[]): Trend | null {
  const end = endOf(points);
  const n = end.length;
  if (n < FEWEST || end.some(({ score }) => !Number.isFinite(score))) return null;
  const [at, score] = [mean(end.map((point) => point.at)), mean(end.map((point) => point.score))];
  const spread = end.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  if (spread === 0) return null;
  const slope = end.reduce((sum, point) => sum + (point.at - at) * (point.score - score), 0) / spread;
  const rest = end.reduce((sum, point) => sum + (point.score - score - slope * (point.at - at)) ** 2, 0);
  const fifth = END_SHARE * (points.at(-1)?.at ?? 0);
  const margin = studentCritical(0.05, n - 2) * Math.sqrt(rest / (n - 2) / spread) * fifth;
  const change = slope * fifth;
  return { change, low: change - margin, high: change + margin, points: n };
}

/** What a trend says of a score of which more, or less, is better. */
export type Convergence = 'improving' | 'worsening' | 'level';

/** The verdict of the interval of a change; `level` where it holds 0. */
export function convergenceOf({ low, high }: Pick<Trend, 'low' | 'high'>, best: 'high' | 'low'): Convergence {
  if (low <= 0 && high >= 0) return 'level';
  return low > 0 === (best === 'high') ? 'improving' : 'worsening';
}
