import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import type { MixerPlan } from '../../src/mixers/contract.js';
import { gatedAssociative } from '../../src/mixers/gatedAssociative.js';
import { localLinear } from '../../src/mixers/localLinear.js';
import { vectorOptions } from '../../src/mixers/vectors.js';
import '../support/close.js';

const [T, D, K, V] = [6, 5, 2, 3];
const sizes = { heads: 1, keySize: K, valueSize: V, outputScale: 1 };
const DOCUMENTS = [0, 0, 0, 0, 1, 1];

/** Seeded numbers as rows. */
function rows(label: string, count: number, length: number): number[][] {
  const all = Rng.fromSeed(4)
    .derive(label)
    .normals(count * length);
  return Array.from({ length: count }, (_, i) => [...all.slice(i * length, (i + 1) * length)]);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** x W in float64. */
const times = (x: readonly number[], W: readonly number[][]): number[] =>
  W[0]!.map((_, j) => x.reduce((sum, each, i) => sum + each * W[i]![j]!, 0));
const softmaxOf = (x: readonly number[]): number[] => {
  const parts = x.map((each) => Math.exp(each - Math.max(...x)));
  const sum = parts.reduce((a, b) => a + b);
  return parts.map((part) => part / sum);
};

/** Solves A z = b by elimination. */
function solve(A: readonly number[][], b: readonly number[]): number[] {
  const M = A.map((row, i) => [...row, b[i]!]);
  const n = b.length;
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const factor = M[r]![i]! / M[i]![i]!;
      for (let c = i; c <= n; c++) M[r]![c]! -= factor * M[i]![c]!;
    }
  }
  return M.map((row, i) => row[n]! / row[i]!);
}

const x = rows('x', T, D);

function outputs(
  plan: MixerPlan,
  weights: Readonly<Record<string, readonly number[][] | readonly number[]>>,
) {
  const given = Object.fromEntries(
    Object.entries(weights).map(([name, w]) => [name, tf.tensor(w as number[])]),
  );
  return plan.forward(given, tf.tensor3d([x]), tf.tensor2d([DOCUMENTS], [1, T], 'int32')).dataSync();
}

describe('local linear attention', () => {
  it('is the weighted regression of values on keys at each query, by the normal equations', () => {
    const qkv = rows('qkv', D, 2 * K + V);
    const output = rows('output', V, D);
    const options = z.object(vectorOptions).parse({ convolution: 0, outputGate: false });
    const plan = localLinear.plan({ ...sizes, ...options });
    const lambda = Math.log(1 + Math.exp(-0.5)) + 0.01;
    const vectors = x.map((each) => times(each, qkv));
    const wanted = vectors.flatMap((own, t) => {
      const q = own.slice(0, K);
      const seen = vectors.filter((_, s) => s <= t && DOCUMENTS[s] === DOCUMENTS[t]);
      const w = softmaxOf(seen.map((each) => dot(q, each.slice(K, 2 * K)) / Math.sqrt(K)));
      // Of each value channel: a constant and K slopes, of which the slopes are kept small.
      const designs = seen.map((each) => [1, ...each.slice(K, 2 * K).map((key, i) => key - q[i]!)]);
      const A = Array.from({ length: K + 1 }, (_, i) =>
        Array.from({ length: K + 1 }, (_, j) => {
          const ridge = i === j && i > 0 ? lambda : 0;
          return designs.reduce((sum, row, s) => sum + w[s]! * row[i]! * row[j]!, ridge);
        }),
      );
      const constants = Array.from({ length: V }, (_, c) => {
        const b = A.map((_, i) =>
          designs.reduce((sum, row, s) => sum + w[s]! * row[i]! * seen[s]![2 * K + c]!, 0),
        );
        return solve(A, b)[0]!;
      });
      return times(constants, output);
    });
    expect(outputs(plan, { qkv, output, ridge: [-0.5] })).toBeAllClose(wanted, { rtol: 1e-4, atol: 1e-4 });
  });
});

describe('gated associative memory', () => {
  it('adds what is near and what the bank has alike, each by its gate', () => {
    const [E, N, taps] = [V, 4, 2];
    const [input, bank, gates, output] = [
      rows('in', D, E),
      rows('bank', E, N),
      rows('gates', D, 2 * E),
      rows('output', E, D),
    ] as const;
    const convolution = rows('taps', E, taps);
    const own = x.map((each) => times(each, input));
    const sigmoid = (each: number): number => 1 / (1 + Math.exp(-each));
    const wanted = own.flatMap((u, t) => {
      const before = t > 0 && DOCUMENTS[t - 1] === DOCUMENTS[t] ? own[t - 1]! : u.map(() => 0);
      const near = u.map((each, e) => convolution[e]![0]! * before[e]! + convolution[e]![1]! * each);
      const alike = softmaxOf(times(u, bank));
      const recalled = bank.map((row) => dot(row, alike));
      const gate = times(x[t]!, gates).map(sigmoid);
      return times(
        near.map((each, e) => gate[e]! * each + gate[E + e]! * recalled[e]!),
        output,
      );
    });
    const settings = { ...sizes, convolution: taps, patterns: N };
    // The cast: of the settings it reads these.
    const plan = gatedAssociative.plan(settings as Parameters<typeof gatedAssociative.plan>[0]);
    const got = outputs(plan, { input, convolution, bank, gates, output });
    expect(got).toBeAllClose(wanted, { rtol: 1e-4, atol: 1e-5 });
  });
});
