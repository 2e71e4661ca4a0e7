import type { ResultRow } from '../../../eval/compare/contract.js';
import type { Rng } from '../../../src/core/rng.js';
import { resultRow } from '../compare/rows.js';

/** A simulated grid: each seed has an effect on all variants, each cell noise of its own. */
export interface Grid {
  readonly tasks: number;
  readonly variants: number;
  readonly seeds: number;
  /** Draws the noise of one cell. */
  readonly noise: (rng: Rng) => number;
  /** True mean of a variant; none differs unless given. */
  readonly truth?: (variant: number) => number;
}

/** The rows of one draw of the grid. */
export function drawGrid({ tasks, variants, seeds, noise, truth = () => 0 }: Grid, rng: Rng): ResultRow[] {
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  return range(tasks).flatMap((task) =>
    range(seeds).flatMap((seed) => {
      const luck = rng.derive('seed', task, seed).normal();
      return range(variants).map((variant) => {
        const test = luck + truth(variant) + noise(rng.derive(task, seed, variant));
        const cell = `${task}-${variant}-${seed}`;
        return resultRow({
          cell,
          task: `t${task}`,
          variant: { rule: `r${variant}` },
          seed,
          test,
          curve: [],
          slices: [],
          metrics: {},
        });
      });
    }),
  );
}

/** Shapes of noise that training may have. */
export const NOISES = {
  normal: (rng: Rng) => rng.normal(),
  skewed: (rng: Rng) => -Math.log(1 - rng.uniform()),
  'heavy tails': (rng: Rng) =>
    rng.normal() / Math.sqrt((rng.normal() ** 2 + rng.normal() ** 2 + rng.normal() ** 2) / 3),
  coarse: (rng: Rng) => Math.round(rng.normal() * 2) / 2,
} as const;
