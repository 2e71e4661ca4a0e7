import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { loadBackend } from '../../src/engine/backends.js';
import '../support/close.js';

/** Inputs or gradients by name, float64. */
export type Values = Readonly<Record<string, Float64Array>>;

export interface OpCase {
  readonly title: string;
  /** Shapes of the inputs that take a gradient; filled with seeded normals. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly run: (inputs: Readonly<Record<string, Tensor>>) => Tensor;
  /** The same in float64 loops, sharing no code. */
  readonly oracle: (values: Values) => Float64Array;
  /** Instead of seeded normals. */
  readonly given?: Values;
}

function fill({ shapes, given }: OpCase): Values {
  const rng = Rng.fromSeed(7);
  const filled = Object.entries(shapes).map(([name, shape]) => {
    const drawn = rng.derive(name).normals(sizeOf(shape));
    // Rounded to float32, so that both sides see the same numbers.
    return [name, Float64Array.from(given?.[name] ?? drawn, Math.fround)] as const;
  });
  return Object.fromEntries(filled);
}

/** Gradient of sum(weights * oracle) by central differences of the float64 loops. */
function differences(
  oracle: OpCase['oracle'],
  values: Values,
  name: string,
  weights: Float32Array,
): number[] {
  const loss = (changed: Float64Array): number =>
    oracle({ ...values, [name]: changed }).reduce((sum, y, i) => sum + y * weights[i]!, 0);
  const eps = 1e-5;
  return Array.from(values[name]!, (x, i) => {
    const [up, down] = [x + eps, x - eps].map((moved) => loss(values[name]!.with(i, moved)));
    return (up! - down!) / (2 * eps);
  });
}

/** Tests an op forward and backward on the cpu and wasm backends against float64 loops. */
export function describeOp(name: string, cases: readonly OpCase[]): void {
  describe.each(['cpu', 'wasm'])(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      await loadBackend(backend);
      await tf.setBackend(backend);
    });
    afterAll(() => tf.setBackend('cpu'));
    it.each(cases)('$title: equals float64 loops, and so does its gradient', (opCase) => {
      const values = fill(opCase);
      const names = Object.keys(values);
      const tensors = names.map((n) => tf.tensor(Float32Array.from(values[n]!), [...opCase.shapes[n]!]));
      const run = (...xs: Tensor[]): Tensor =>
        opCase.run(Object.fromEntries(names.map((n, i) => [n, xs[i]!])));
      const wanted = opCase.oracle(values);
      expect(run(...tensors).dataSync()).toBeAllClose(wanted, { rtol: 1e-5, atol: 1e-6 });
      const weights = Rng.fromSeed(8).normals(wanted.length);
      const grads = tf.grads((...xs: Tensor[]) => {
        const y = run(...xs);
        return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
      })(tensors);
      names.forEach((n, i) => {
        const expected = differences(opCase.oracle, values, n, weights);
        expect(grads[i]!.shape).toEqual(opCase.shapes[n]);
        expect(grads[i]!.dataSync()).toBeAllClose(expected, { rtol: 1e-4, atol: 1e-5 });
      });
    });
  });
}
