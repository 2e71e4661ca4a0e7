import { afterAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { Rng } from '../../src/core/rng.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { lowerings } from '../../src/engine/graph/kernels/register.js';
import { trace } from '../../src/engine/graph/trace.js';
import { TRACE_BACKEND } from '../../src/engine/graph/traceBackend.js';
import { kernelCases as tfjsCases } from './allKernelCases.js';
import { customOpCases } from './customOpCases.js';
import { inputsOf, type KernelCase } from './kernelCases.js';

const kernelCases = [...tfjsCases, ...customOpCases];
const graph = await createEngine({ engine: 'graph', threads: 1 });
const eager = await createEngine({ engine: 'eager', backend: 'cpu' });
afterAll(() => graph.dispose());

/** Outputs, and gradients of a fixed random weighting of them. */
function forwardAndGradients(one: KernelCase): (...inputs: Tensor[]) => Tensor[] {
  if (one.differentiable === false) return (...inputs) => [one.fn(...inputs)];
  return (...inputs) => {
    const loss = (...xs: Tensor[]): Tensor => {
      const y = one.fn(...xs);
      const weights = tf.tensor(Rng.fromSeed(3).normals(y.size), y.shape);
      return tf.sum(tf.mul(y, weights));
    };
    return [one.fn(...inputs), ...tf.grads(loss)(inputs)];
  };
}

const read = (tensors: readonly Tensor[]): { shape: number[]; values: number[] }[] =>
  tensors.map((tensor) => ({ shape: tensor.shape, values: [...tensor.dataSync()] }));

function expectClose(got: Tensor[], wanted: Tensor[]): void {
  const [a, b] = [read(got), read(wanted)];
  expect(a.map(({ shape }) => shape)).toEqual(b.map(({ shape }) => shape));
  for (const [i, { values }] of b.entries()) {
    values.forEach((value, j) => {
      const other = a[i]!.values[j]!;
      if (Number.isNaN(value)) expect(other).toBeNaN();
      else
        expect(
          Math.abs(other - value),
          `tensor ${i} at ${j}: got ${other}, cpu says ${value}`,
        ).toBeLessThanOrEqual(2e-6 + 2e-5 * Math.abs(value));
    });
  }
}

describe('every kernel of the graph engine agrees with the cpu backend, forward and gradient', () => {
  it.each(kernelCases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const inputs = inputsOf(one);
    const fn = forwardAndGradients(one);
    expectClose(await graph.compile(fn)(...inputs), await eager.compile(fn)(...inputs));
  });

  it('leaves no kernel out', () => {
    const used = new Set<string>();
    for (const config of tf.getKernelsForBackend(TRACE_BACKEND)) {
      const original = config.kernelFunc;
      config.kernelFunc = (params) => {
        used.add(config.kernelName);
        return original(params);
      };
    }
    for (const one of kernelCases) trace(forwardAndGradients(one), inputsOf(one), [], one.name);
    expect(Object.keys(lowerings).filter((name) => !used.has(name))).toEqual([]);
  });
});
