import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { Rng } from '../../src/core/rng.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Scalar, type Tensor } from '../../src/core/tf.js';
import { decayedMix, decayedScores, wholeChunk } from '../../src/chunks/channelOps.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();

const [M, X] = [3, 2];
const close = { rtol: 1e-4, atol: 1e-5 };

function normal(seed: number, shape: number[], scale = 1): Tensor {
  return tf.tensor(Rng.fromSeed(seed).normals(sizeOf(shape), scale), shape);
}

/** Factors of any sign, some nothing, some next to nothing. */
function factorsOf(C: number): Tensor {
  const values = Rng.fromSeed(3)
    .normals(M * C * X, 0.7)
    .map((x, i) => [x, 0, 1e-6, x, -1e-3, x, x][i % 7]!);
  return tf.tensor(values, [M, C, X]);
}

/** 0 at some tokens `[M,C,1]`. */
function continuesOf(C: number): Tensor {
  const values = Array.from({ length: M * C }, (_, i) => (i % 5 === 3 || i % 11 === 7 ? 0 : 1));
  return tf.tensor(values, [M, C, 1]);
}

/** What is left at token i of what was written at token j, one token after the other: `L[i][j]`, `[M,X]` each. */
function leftOver(factors: Tensor): Tensor[][] {
  const C = factors.shape[1]!;
  const at = (t: number): Tensor => tf.squeeze(tf.slice(factors, [0, t, 0], [M, 1, X]), [1]);
  return Array.from({ length: C }, (_, i) =>
    Array.from({ length: i + 1 }, (__, j) =>
      Array.from({ length: i - j }, (___, n) => at(j + 1 + n)).reduce(
        (a, b) => tf.mul(a, b),
        tf.ones([M, X]),
      ),
    ),
  );
}

const token = (x: Tensor, t: number): Tensor => tf.squeeze(tf.slice(x, [0, t, 0], [M, 1, x.shape[2]!]), [1]);
const element = (m: Tensor, i: number, j: number): Tensor =>
  tf.squeeze(tf.slice(m, [0, i, j], [M, 1, 1]), [1]);

function plainScores(a: Tensor, b: Tensor, factors: Tensor): Tensor {
  const C = a.shape[1]!;
  const rows = leftOver(factors).map((row, i) => {
    const scores = row.map((L, j) => tf.sum(tf.mul(tf.mul(token(a, i), token(b, j)), L), 1));
    return tf.pad(tf.stack(scores, 1), [
      [0, 0],
      [0, C - scores.length],
    ]);
  });
  return tf.stack(rows, 1);
}

function plainMix(m: Tensor, w: Tensor, factors: Tensor): Tensor {
  const rows = leftOver(factors).map((row, i) =>
    row
      .map((L, j) => tf.mul(tf.mul(token(w, j), L), element(m, i, j)))
      .reduce((sum, term) => tf.add(sum, term)),
  );
  return tf.stack(rows, 1);
}

/** Begins, ends and total of the chunk, `[M,2 C + 1,X]`. */
function plainWhole(factors: Tensor): Tensor {
  const C = factors.shape[1]!;
  const left = leftOver(tf.concat([tf.ones([M, 1, X]), factors], 1)); // token 0 is the chunk's start
  const begins = Array.from({ length: C }, (_, i) => left[i + 1]![0]!);
  const ends = Array.from({ length: C }, (_, j) => left[C]![j + 1]!);
  return tf.stack([...begins, ...ends, left[C]![0]!], 1);
}

type Weigh = (decay: Tensor, a: Tensor, b: Tensor) => Tensor;

/** Both as functions of the decay: of its ops, and of what they are defined to be. */
const operations: readonly {
  name: string;
  of: (kind: 'logs' | 'factors', continues: Tensor) => Weigh;
  plain: Weigh;
}[] = [
  {
    name: 'decayedScores',
    of: (kind, continues) => (values, a, b) => decayedScores(a, b, { kind, values, continues }),
    plain: (f, a, b) => plainScores(a, b, f),
  },
  {
    name: 'decayedMix',
    of: (kind, continues) => (values, a, b) =>
      decayedMix(tf.matMul(a, b, false, true), b, { kind, values, continues }),
    plain: (f, a, b) => plainMix(tf.matMul(a, b, false, true), b, f),
  },
  {
    name: 'wholeChunk',
    of: (kind, continues) => (values, a, b) => {
      const all = tf.concat([...wholeChunk({ kind, values, continues })], 1);
      return tf.mul(all, tf.sum(tf.mul(a, b)));
    },
    plain: (f, a, b) => tf.mul(plainWhole(f), tf.sum(tf.mul(a, b))),
  },
];

/** The result and the gradients of a weighted sum of it. */
function withGradients(fn: Weigh): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    let result: Tensor | undefined;
    const loss = (...given: Tensor[]): Scalar => {
      result = tf.keep(fn(given[0]!, given[1]!, given[2]!));
      // Of one token nothing depends on the decay; tfjs wants to see it used.
      return tf.add(tf.sum(tf.mul(result, normal(9, result.shape))), tf.mul(tf.sum(given[0]!), 0));
    };
    const { grads } = tf.valueAndGrads(loss)(inputs);
    return [result!, ...grads];
  };
}

describe.each(engines)('on $name', (engine) => {
  describe.each(operations)('$name', ({ of, plain }) => {
    async function expectSame(kind: 'logs' | 'factors', C: number, values: Tensor): Promise<void> {
      const [a, b, continues] = [normal(1, [M, C, X]), normal(2, [M, C, X]), continuesOf(C)];
      const compiled = engine.compile(withGradients(of(kind, continues)));
      const got = await compiled(values, a, b);
      const wanted = withGradients((decay, ...rest) =>
        plain(tf.mul(kind === 'logs' ? tf.exp(decay) : decay, continues), ...rest),
      )(values, a, b);
      got.forEach((tensor, i) => expect(tensor, `result ${i}`).toBeAllClose(wanted[i]!, close));
      await compiled.dispose();
    }

    it.each([1, 2, 8, 16])('of factors, zero and negative ones too, at C = %i', async (C) => {
      await expectSame('factors', C, factorsOf(C));
    });

    it.each([1, 2, 8, 16])('of log decays, slow and complete, at C = %i', async (C) => {
      await expectSame('logs', C, tf.neg(tf.abs(normal(4, [M, C, X]))));
      const sudden = Rng.fromSeed(5).normals(M * C * X);
      const values = Array.from(sudden, (x, i) => (i % 3 === 0 ? -100 : -0.1 * Math.abs(x)));
      await expectSame('logs', C, tf.tensor(values, [M, C, X]));
    });
  });
});
