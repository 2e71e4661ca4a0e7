import type { ConditioningTrial } from '../../../data/index.js';
import type { Params } from '../../../src/core/params.js';
import { tf } from '../../../src/core/tf.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { runRule } from '../../../src/rules/run/runRule.js';
import { inWrites, signalsAt } from '../inputs.js';

/** One member of a rule's family: how strongly it writes, and what it keeps from trial to trial. */
export interface Member {
  readonly beta: number;
  readonly decay: number;
}

/** Most rows times members in one run. */
const MOST_ROWS = 4096;

/** Rows of equal length, padded with trials without cues or US. */
function padded(rows: readonly (readonly ConditioningTrial[])[]) {
  const [T, K] = [Math.max(...rows.map((row) => row.length)), rows[0]?.[0]?.cues.length ?? 0];
  const keys = new Float32Array(rows.length * T * K);
  const queries = new Float32Array(rows.length * T * K);
  const values = new Float32Array(rows.length * T);
  for (const [i, row] of rows.entries()) {
    for (const [t, { cues, us }] of row.entries()) {
      keys.set(cues, (i * T + t) * K);
      // What is expected at a trial is read from the memory after the one before.
      if (t > 0) queries.set(cues, (i * T + t - 1) * K);
      values[i * T + t] = us;
    }
  }
  return { T, K, keys, queries, values };
}

/**
 * What the members of a rule's level A family expect at the beginning of each trial:
 *
 *   u_t = S_{t-1} c_t        S_t = rule(S_{t-1}, c_t, us_t), the memory times `decay` before each write
 *
 * Cues are orthonormal keys. Gives one list a member, of one list a row, of one number a trial (float32; not finite
 * where a member diverges). State: disposes every tensor it makes.
 */
export function familyExpectations(
  rule: LearningRule,
  params: Params,
  members: readonly Member[],
  rows: readonly (readonly ConditioningTrial[])[],
): Float32Array[][] {
  const each = Math.max(1, Math.floor(MOST_ROWS / rows.length));
  const starts = Array.from({ length: Math.ceil(members.length / each) }, (_, i) => i * each);
  return starts.flatMap((start) => expectOf(rule, params, members.slice(start, start + each), rows));
}

function expectOf(
  rule: LearningRule,
  params: Params,
  members: readonly Member[],
  rows: readonly (readonly ConditioningTrial[])[],
): Float32Array[][] {
  const { T, K, keys, queries, values } = padded(rows);
  const [G, R] = [members.length, rows.length];
  const outputs = tf.tidy(() => {
    const tiled = (data: Float32Array, width: number) =>
      tf.tile(tf.tensor4d(data, [R, 1, T, width]), [G, 1, 1, 1]);
    const spread = (of: (member: Member) => number) => {
      const column = Float32Array.from({ length: G * R }, (_, i) => of(members[Math.floor(i / R)] ?? NONE));
      return tf.tile(tf.tensor3d(column, [G * R, 1, 1]), [1, 1, T]);
    };
    const strengths = spread(({ beta }) => beta);
    const signals = signalsAt(rule, strengths, [G * R, 1, T], { K, V: 1, params });
    const xs = {
      q: tiled(queries, K),
      k: inWrites(rule, params, tiled(keys, K)),
      v: inWrites(rule, params, tiled(values, 1)),
      signals,
    };
    const logDecay = spread(({ decay }) => Math.log(decay));
    return runRule(rule, { ...xs, logDecay }, { form: 'step', params }).outputs.dataSync();
  });
  return members.map((_, g) =>
    rows.map((row, r) => {
      const start = (g * R + r) * T;
      // Nothing is expected before the first trial.
      return Float32Array.from(row, (_trial, t) => (t === 0 ? 0 : (outputs[start + t - 1] ?? NaN)));
    }),
  );
}

const NONE: Member = { beta: 0, decay: 1 };
