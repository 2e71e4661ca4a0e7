import { afterAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { Rng } from '../../src/core/rng.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { lowerings, mergeLowerings } from '../../src/engine/graph/kernels/register.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Lowerings } from '../../src/engine/graph/lowering.js';
import { trace } from '../../src/engine/graph/trace.js';
import { TRACE_BACKEND } from '../../src/engine/graph/traceBackend.js';
import { kernelCases as tfjsCases } from './allKernelCases.js';
import { customOpCases } from './customOpCases.js';
import { testDevice } from '../support/device.js';
import { someOfEach } from '../support/share.js';
import { tensorflowEngines } from '../support/tensorflow.js';
import { inputsOf, type KernelCase } from './kernelCases.js';

const kernelCases = [...tfjsCases, ...customOpCases];
const graph = await createEngine({ engine: 'graph', device: testDevice, threads: 1 });
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

/** How far a device may be from cpu: WGSL promises the functions of angles no more than 2^-11. */
const bound = (name: string): { absolute: number; relative: number } => {
  if (testDevice === 'cpu') return { absolute: 2e-6, relative: 2e-5 };
  return { absolute: /sin|cos|tan/.test(name) ? 1e-3 : 1e-5, relative: 1e-4 };
};

/** An op by the first word of the names of its cases. */
const opOf = ({ name }: KernelCase): string => name.split(' ', 1)[0]!;

/**
 * All cases on cpu, as every run of the tests has them. Where a kernel takes longer to compile, two shapes or settings of
 * each op, other ones with another PAVLOV_SEED; with PAVLOV_ALL=1 all.
 */
const casesOn = ({ name, device }: Engine): readonly KernelCase[] =>
  name === 'graph' && device === 'cpu' ? kernelCases : someOfEach(kernelCases, 2, opOf);

const read = (tensors: readonly Tensor[]): { shape: number[]; values: number[] }[] =>
  tensors.map((tensor) => ({ shape: tensor.shape, values: [...tensor.dataSync()] }));

function expectClose(got: Tensor[], wanted: Tensor[], { absolute, relative } = bound('')): void {
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
        ).toBeLessThanOrEqual(absolute + relative * Math.abs(value));
    });
  }
}

describe.each([graph, ...(await tensorflowEngines())])(
  'every kernel of the $name engine on $device agrees with the cpu backend, forward and gradient',
  (engine) => {
    // ONNX Runtime's WebGPU kernel of Pow throws where both sides are broadcast; the slabs take a third of all the time there.
    const left = new Set(
      engine.device === 'webgpu' ? ['pow [2,1,4] [3,1]', 'linearCrossEntropySum in slabs'] : [],
    );
    const runs = casesOn(engine).filter(({ name }) => !left.has(name));
    it.each(runs.map((one) => [one.name, one] as const))('%s', async (name, one) => {
      const inputs = inputsOf(one);
      const fn = forwardAndGradients(one);
      expectClose(await engine.compile(fn)(...inputs), await eager.compile(fn)(...inputs), bound(name));
    });
  },
);

describe('kernels of the graph engine', () => {
  const both = async (fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Promise<Tensor[]> => [
    await graph.compile(fn)(...inputs),
    await eager.compile(fn)(...inputs),
  ];

  it.each([
    ['floorDiv', tf.floorDiv],
    ['div', tf.div],
    ['mod', tf.mod],
  ] as const)('%s of integers, whatever their signs', async (_name, op) => {
    const a = tf.tensor1d([7, -7, 7, -7, 6, -6, 6, -6, 0, 0, 2147483647, -2147483647, -1], 'int32');
    const b = tf.tensor1d([2, 2, -2, -2, 3, 3, -3, -3, 5, -5, 1000, 1000, 2147483647], 'int32');
    const [got, wanted] = await both((x, y) => op<Tensor>(x, y), a, b);
    expect([got!.dtype, [...got!.dataSync()]]).toEqual([wanted!.dtype, [...wanted!.dataSync()]]);
    const column = tf.tensor2d([[3], [-4]], undefined, 'int32');
    const [wide, wideWanted] = await both((x, y) => op<Tensor>(x, y), a, column);
    expect([wide!.shape, [...wide!.dataSync()]]).toEqual([wideWanted!.shape, [...wideWanted!.dataSync()]]);
  });

  it('floorDiv of floats is an integer', async () => {
    const [got, wanted] = await both(
      (x, y) => tf.floorDiv(x, y),
      tf.tensor1d([7.5, -7.5]),
      tf.tensor1d([2, 2]),
    );
    expect([got!.dtype, ...got!.dataSync()]).toEqual([wanted!.dtype, ...wanted!.dataSync()]);
  });

  it.runIf(testDevice === 'cpu').each([
    ['expm1', tf.expm1],
    ['log1p', tf.log1p],
  ] as const)('%s keeps the digits of a small number', async (_name, op) => {
    const sizes = [1e-30, 1e-20, 1e-12, 1e-7, 3e-5, 1e-3, 0.1, 0.4, 0.49, 0.51, 0.9];
    const edges = [0, -1, 2, 20, 80, -2, -50, -200, Infinity, -Infinity, NaN, 3e38];
    const x = tf.tensor1d([...sizes, ...sizes.map((size) => -size), ...edges]);
    const [got, wanted] = (await both((y) => op(y), x)).map((tensor) => [...tensor.dataSync()]);
    for (const [i, value] of wanted!.entries()) {
      const near = value - got![i]!;
      if (Number.isFinite(value))
        expect(Math.abs(near), `at ${i}`).toBeLessThanOrEqual(1e-6 * Math.abs(value));
      else expect(got![i], `at ${i}`).toBe(value);
    }
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
    for (const one of kernelCases) trace(forwardAndGradients(one), inputsOf(one), [], one);
    expect(Object.keys(lowerings).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('mergeLowerings', () => {
  it('refuses a kernel that two families lower', () => {
    const add: Lowerings = { Add: (g) => g.scalar(0) };
    expect(() => mergeLowerings([add, { Sub: (g) => g.scalar(1), ...add }])).toThrow(
      "graph kernels: kernel 'Add' is lowered in two places",
    );
  });
});
