import { counted } from '../../src/core/text.js';
import { moments } from '../stats/paired.js';
import { meanInterval, type Range } from '../stats/meanInterval.js';
import { convergenceOf, endTrend } from '../stats/trend.js';
import type { Rng } from '../../src/core/rng.js';
import type { PairVerdict, TrainingEnd } from './comparison.js';

type Curve = readonly { readonly tokens: number; readonly validation: number | null }[];

interface EndOptions {
  readonly best: 'high' | 'low';
  /** Between what the metric lies, where that is known. */
  readonly range?: Range | undefined;
  readonly rng: Rng;
}

/** What a share may lack of the best possible and still count as solved. */
const SOLVED_WITHIN = 0.01;

/** Whether there is nothing left to gain: the curve of a task that is solved rises to its very end. */
function isSolved(last: number, { best, range }: EndOptions): boolean {
  const bound = range?.[best === 'high' ? 1 : 0] ?? Infinity;
  return Math.abs(bound - last) <= SOLVED_WITHIN;
}

/** The end of the training of a variant from the validations of its seeds; null where they are too few. */
export function trainingEnd(curves: readonly Curve[], options: EndOptions): TrainingEnd | null {
  const known = curves.map((curve) =>
    curve.flatMap(({ tokens, validation }) =>
      validation === null ? [] : [{ at: tokens, score: validation }],
    ),
  );
  const trends = known.flatMap((points) => endTrend(points) ?? []);
  const [first] = trends;
  if (!first) return null;
  const changes = trends.map(({ change }) => change);
  const change = moments(changes).mean;
  const found =
    trends.length === 1 ? first : meanInterval(changes, { rng: options.rng.derive('end'), level: 0.95 });
  // Where seeds do not differ at all, as before anything is learnt, the mean is all there is.
  const [low, high] = [found.low ?? change, found.high ?? change];
  const lasts = known.flatMap((points) => points.at(-1)?.score ?? []);
  const solved = lasts.every((last) => isSolved(last, options));
  return {
    change,
    low,
    high,
    seeds: trends.length,
    convergence: solved ? 'level' : convergenceOf({ low, high }, options.best),
    tokens: Math.max(...known.map((points) => points.at(-1)?.at ?? 0)),
  };
}

/** Something with a name and the end of its training. */
interface Ended {
  readonly label: string;
  readonly end: TrainingEnd | null;
}

const tokenCount = (tokens: number): string => `${tokens.toLocaleString('en-US')} training tokens`;

/** Variants that were still improving. */
function improving(variants: readonly Ended[]): readonly string[] {
  return variants.filter(({ end }) => end?.convergence === 'improving').map(({ label }) => label);
}

/** What a reader must know of how the variants were trained before comparing them, in sentences. */
export function trainingWarnings(
  variants: readonly Ended[],
  learningRates: readonly number[],
  chosen: boolean,
): string[] {
  const still = improving(variants);
  const tokens = Math.max(0, ...variants.map(({ end }) => end?.tokens ?? 0));
  const rates = [...new Set(learningRates.filter((rate) => rate > 0))];
  const [rate] = rates;
  return [
    ...(still.length > 0
      ? [
          `${still.length} of ${counted(variants.length, 'variant')} ${still.length === 1 ? 'was' : 'were'} still improving at the end of training (${still.join('; ')}): what is said holds after ${tokenCount(tokens)} and may change with more.`,
        ]
      : []),
    ...(variants.length > 1 && rates.length === 1 && rate !== undefined && !chosen
      ? [
          `All variants were trained with one learning rate, ${rate}, which may suit some better than others; --lr-grid ${[rate / 2, rate, 2 * rate].map((each) => Number(each.toPrecision(2))).join(',')} chooses one for each.`,
        ]
      : []),
  ];
}

/** Verdicts that say after how much training they hold, where one of the two was still improving. */
export function datedVerdicts(pairs: readonly PairVerdict[], variants: readonly Ended[]): PairVerdict[] {
  const still = new Set(improving(variants));
  const ends = new Map(variants.map(({ label, end }) => [label, end]));
  return pairs.map((pair) => {
    const names = [pair.a, pair.b].filter((label) => still.has(label));
    if (names.length === 0 || pair.outcome === 'untested') return pair;
    const tokens = Math.max(...[pair.a, pair.b].map((label) => ends.get(label)?.tokens ?? 0));
    const who = names.length === 2 ? 'both were' : `${names[0] ?? ''} was`;
    return { ...pair, text: `${pair.text}; after ${tokenCount(tokens)}, when ${who} still improving` };
  });
}
