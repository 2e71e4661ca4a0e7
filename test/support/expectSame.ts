import { expect } from 'vitest';
import './close.js';
import type { RuleOutcome } from './ruleCase.js';

/** How near every form of a rule comes to its oracle and its step. */
export const againstReference = { rtol: 1e-4, atol: 1e-5 };

export interface Outcome {
  readonly outputs: ArrayLike<number>;
  readonly state: Readonly<Record<string, ArrayLike<number>>>;
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
}

/** A tolerance whose absolute part grows with the largest element of what is wanted, for results of cancelling sums. */
export interface ScaledTolerance {
  readonly rtol: number;
  readonly atolOfLargest: number;
}

type Tolerance = typeof againstReference | ScaledTolerance;

function toleranceFor(wanted: ArrayLike<number>, tolerance: Tolerance): typeof againstReference {
  if ('atol' in tolerance) return tolerance;
  const largest = Array.from(wanted).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return { rtol: tolerance.rtol, atol: tolerance.atolOfLargest * largest };
}

function expectClose(
  got: ArrayLike<number> | undefined,
  wanted: ArrayLike<number>,
  tolerance: Tolerance,
  name: string,
): void {
  expect(got, name).toBeAllClose(wanted, toleranceFor(wanted, tolerance));
}

/** Outputs, final state and every gradient. */
export function expectSame(got: RuleOutcome, wanted: Outcome, tolerance: Tolerance = againstReference): void {
  expectClose(got.outputs, wanted.outputs, tolerance, 'outputs');
  for (const [name, values] of Object.entries(wanted.state)) {
    expectClose(got.state[name], values, tolerance, name);
  }
  expect(Object.keys(got.gradients)).toEqual(Object.keys(wanted.gradients));
  for (const [name, values] of Object.entries(wanted.gradients)) {
    expectClose(got.gradients[name], values, tolerance, `gradient of ${name}`);
  }
}
