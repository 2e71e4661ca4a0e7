import type { Rng } from '../../../src/core/rng.js';
import type { Interval } from '../../stats/bootstrap.js';
import type { Member } from './family.js';

/** Mean squared errors by phenomenon, then member. */
type ErrorTable = readonly (readonly number[])[];

/** The best member of a family, and how well it does on experiments that it was not chosen by. */
export interface FamilyFit {
  readonly member: Member;
  readonly beta: Interval;
  readonly decay: Interval;
  /** Mean squared error of each phenomenon by the member that is best on all others, averaged. */
  readonly heldOutError: number;
  /** Of each phenomenon, the member that is best on all others. */
  readonly heldOut: readonly Member[];
}

interface FitOptions {
  readonly members: readonly Member[];
  /** Not finite where a member diverges. */
  readonly errors: ErrorTable;
  readonly rng: Rng;
  readonly resamples?: number;
}

const NONE: Member = { beta: NaN, decay: NaN };

/** Index of the member with the least weighted sum of errors. */
function bestOf(errors: ErrorTable, weights: readonly number[], members: number): number {
  let [best, least] = [0, Infinity];
  for (let g = 0; g < members; g++) {
    let sum = 0;
    for (const [p, row] of errors.entries()) {
      const weight = weights[p] ?? 0;
      if (weight > 0) sum += weight * (row[g] ?? Infinity);
    }
    if (sum < least) [best, least] = [g, sum];
  }
  return best;
}

/** The bounds between which 95 % of the values lie. */
function middle(values: readonly number[]): Pick<Interval, 'low' | 'high'> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.round(share * (sorted.length - 1))] ?? null;
  return { low: at(0.025), high: at(0.975) };
}

/**
 * Fits a family: the member with the least mean squared error, each phenomenon counting the same.
 *
 *   held-out error = mean_p E[p, argmin_g sum_{q != p} E[q, g]]
 *
 * Intervals: 95 %, percentiles over phenomena drawn with replacement, so they say how much the choice of experiments
 * decides. Ties go to the first member.
 */
export function fitFamily({ members, errors, rng, resamples = 1000 }: FitOptions): FamilyFit {
  const all = errors.map(() => 1);
  const member = members[bestOf(errors, all, members.length)] ?? NONE;
  const heldOut = errors.map((_, p) =>
    bestOf(
      errors,
      all.map((weight, q) => (q === p && errors.length > 1 ? 0 : weight)),
      members.length,
    ),
  );
  const drawn = Array.from({ length: resamples }, () => {
    const weights = errors.map(() => 0);
    for (const p of errors.map(() => rng.below(errors.length))) weights[p] = (weights[p] ?? 0) + 1;
    return members[bestOf(errors, weights, members.length)] ?? NONE;
  });
  const held = heldOut.map((g, p) => errors[p]?.[g] ?? NaN);
  return {
    member,
    beta: { value: member.beta, ...middle(drawn.map(({ beta }) => beta)) },
    decay: { value: member.decay, ...middle(drawn.map(({ decay }) => decay)) },
    heldOutError: held.reduce((sum, x) => sum + x, 0) / held.length,
    heldOut: heldOut.map((g) => members[g] ?? NONE),
  };
}

/** Decays of the first, coarse grid. */
const DECAYS = [1, 0.995, 0.99, 0.98, 0.96, 0.93, 0.9, 0.85, 0.8, 0.7, 0.5, 0.3, 0.1];
const LOWEST_BETA = 0.005;
const BETAS = 14;
/** Steps of the fine grid on either side of the best of the coarse one. */
const FINE = 4;

/** The coarse grid: write strengths in equal ratios up to the highest. */
export function coarseGrid(highest: number): Member[] {
  const betas = Array.from(
    { length: BETAS },
    (_, i) => LOWEST_BETA * (highest / LOWEST_BETA) ** (i / (BETAS - 1)),
  );
  return betas.flatMap((beta) => DECAYS.map((decay) => ({ beta, decay })));
}

/** A finer grid around a member of the coarse one, half a coarse step to each side. */
export function fineGrid({ beta, decay }: Member, highest: number): Member[] {
  const ratio = (highest / LOWEST_BETA) ** (1 / (BETAS - 1));
  const steps = Array.from({ length: 2 * FINE + 1 }, (_, i) => (i - FINE) / FINE);
  const place = DECAYS.indexOf(decay);
  const [above, below] = [DECAYS[place - 1] ?? 1, DECAYS[place + 1] ?? decay];
  const betas = steps.map((step) => Math.min(highest, beta * ratio ** step));
  const decays = steps.map((step) => decay + Math.abs(step) * ((step > 0 ? above : below) - decay));
  return [...new Set(betas)].flatMap((b) => [...new Set(decays)].map((a) => ({ beta: b, decay: a })));
}
