import { availableParallelism } from 'node:os';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor, type Tensor2D, type Variable } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { devices } from '../../src/engine/graph/devices.js';
import { createGraphEngine, GraphEngine } from '../../src/engine/graph/graphEngine.js';
import { trace } from '../../src/engine/graph/trace.js';
import { testDevice } from '../support/device.js';

const graph = await createGraphEngine({ device: testDevice, threads: 1 });
const eager = await createEngine({ engine: 'eager' });
// As on a device that variables must be moved to and from.
const together = new GraphEngine({ threads: 1 }, { ...devices.cpu, callsTogether: 3 });
afterAll(async () => {
  await graph.dispose();
  await together.dispose();
});

const random = (label: string, shape: number[]): Tensor =>
  tf.tensor(
    Rng.fromSeed(5)
      .derive(label)
      .normals(shape.reduce((p, n) => p * n, 1)),
    shape,
  );

/** Least squares by gradient descent, with the weights as a variable. */
function descent(w: Variable): (x: Tensor, y: Tensor) => { loss: Tensor } {
  return (x, y) => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.squaredDifference(tf.matMul(x as never, w as never), y)),
      [w],
    );
    w.assign(tf.sub(w, tf.mul(0.1, grads[w.name]!)));
    return { loss: value };
  };
}

const messageOf = async (run: () => Promise<unknown>): Promise<string> =>
  run().then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

describe.each([
  ['graph', graph],
  ['graph, calls together', together],
  ['eager', eager],
])('variables on the %s engine', (_name, engine) => {
  it('live in the engine between calls and come back when pulled', async () => {
    const w = tf.variable(random('w', [3, 2]));
    const step = engine.compile(descent(w), { variables: [w] });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++)
      losses.push((await step(random('x', [8, 3]), random('y', [8, 2]))).loss.dataSync()[0]!);
    await engine.pull([w]);
    const wanted = tf.variable(random('w', [3, 2]));
    for (let i = 0; i < 4; i++)
      expect(descent(wanted)(random('x', [8, 3]), random('y', [8, 2])).loss.dataSync()[0]).toBeCloseTo(
        losses[i]!,
        5,
      );
    wanted.dataSync().forEach((value, i) => expect(w.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it('keep their values when a result is not finite', async () => {
    const w = tf.variable(random('w', [3, 2]));
    const before = [...w.dataSync()];
    const step = engine.compile(descent(w), { variables: [w], commit: 'finite' });
    await step(tf.fill([8, 3], NaN), random('y', [8, 2]));
    await engine.pull([w]);
    expect([...w.dataSync()]).toEqual(before);
  });

  it('change in a sequence of calls as in single ones, up to the first that is not kept', async () => {
    const [w, one] = [tf.variable(tf.zeros([2])), tf.variable(tf.scalar(1))];
    const add = engine.compile(
      (x: Tensor) => {
        w.assign(tf.add(w, tf.mul(x, one)));
        return { sum: tf.sum(w), double: tf.mul(x, 2) };
      },
      { variables: [w, one], commit: 'finite' },
    );
    const inputs = [1, 2, NaN, 4, 5].map((x) => tf.tensor1d([x, 10 * x]));
    const tensors = tf.memory().numTensors;
    const results = await add.inSequence(inputs.map((x) => [x] as [Tensor]));
    expect(results.map(({ sum }) => sum.dataSync()[0])).toEqual([11, 33, NaN]);
    expect(results.map(({ double }) => [...double.dataSync()])).toEqual([
      [2, 20],
      [4, 40],
      [NaN, NaN],
    ]);
    results.forEach((result) => tf.dispose(result));
    expect(tf.memory().numTensors).toBe(tensors);
    await engine.pull([w]);
    expect([...w.dataSync()]).toEqual([3, 30]);
    const rest = await add.inSequence([[tf.tensor1d([1, 1])], [tf.tensor1d([2, 2])], [tf.tensor1d([3])]]);
    expect(rest.map(({ sum }) => sum.dataSync()[0])).toEqual([35, 39, 45]);
    expect(await add.inSequence([])).toEqual([]);
  });

  it('change in a sequence of calls of a function that takes nothing', async () => {
    const w = tf.variable(tf.scalar(1));
    const double = engine.compile(() => (w.assign(tf.mul(w, 2)), tf.add(w, 0)), { variables: [w] });
    const results = await double.inSequence([[], [], []]);
    expect(results.map((x) => x.dataSync()[0])).toEqual([2, 4, 8]);
    await engine.pull([w]);
    expect(w.dataSync()[0]).toBe(8);
  });

  it('are taken up again when assigned outside', async () => {
    const w = tf.variable(tf.zeros([2]));
    const add = engine.compile(
      (x: Tensor) => {
        w.assign(tf.add(w, x));
        return tf.mul(w, 1);
      },
      { variables: [w] },
    );
    await add(tf.tensor1d([1, 2]));
    await engine.pull([w]);
    w.assign(tf.tensor1d([10, 20]));
    expect([...(await add(tf.tensor1d([1, 2]))).dataSync()]).toEqual([11, 22]);
  });

  it('say by name which of them a function gives another shape or type, and stay as they are', async () => {
    const w = tf.variable(tf.ones([2]), false, `grown-${engine.name}-${engine.callsTogether}`);
    const grow = engine.compile((x: Tensor) => (w.assign(tf.concat([w, x])), tf.sum(x)), {
      variables: [w],
      name: 'grow',
    });
    expect(await messageOf(() => grow(tf.ones([1])))).toBe(
      `ShapeError: grow: expected variable 'grown-${engine.name}-${engine.callsTogether}' to stay [2] float32, got [3] float32 assigned to it; ` +
        'reshape or cast the value, or make another variable for it',
    );
    const round = engine.compile(() => (w.assign(tf.cast(w, 'int32')), tf.sum(w)), { variables: [w] });
    expect(await messageOf(() => round())).toContain('to stay [2] float32, got [2] int32 assigned');
    expect([...w.dataSync()]).toEqual([1, 1]);
    const add = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.sum(w)), { variables: [w] });
    expect((await add(tf.ones([2]))).dataSync()[0]).toBe(4);
    expect(() => w.assign(tf.ones([3]))).toThrow('shape of the new value');
  });

  it('come back by themselves when the last function that uses them is disposed', async () => {
    const w = tf.variable(tf.zeros([2]));
    const add = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.sum(w)), { variables: [w] });
    const read = engine.compile(() => tf.mul(w, 1), { variables: [w] });
    await add(tf.tensor1d([1, 2]));
    await read();
    await add.dispose();
    await add.dispose();
    expect([...(await read()).dataSync()]).toEqual([1, 2]);
    await read.dispose();
    expect([...w.dataSync()]).toEqual([1, 2]);
    expect([...(await read()).dataSync()]).toEqual([1, 2]);
  });

  it('change with one call after another, also where none is waited for', async () => {
    const w = tf.variable(tf.zeros([2]));
    const add = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.sum(w)), { variables: [w] });
    const calls = [add(tf.tensor1d([1, 2])), add(tf.tensor1d([1, 2])), engine.pull([w])] as const;
    const [first, second] = await Promise.all(calls);
    expect([...first.dataSync(), ...second.dataSync(), ...w.dataSync()]).toEqual([3, 6, 2, 4]);
  });

  it('two functions share them', async () => {
    const w = tf.variable(tf.zeros([2]));
    const add = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.sum(w)), { variables: [w] });
    const read = engine.compile(() => tf.mul(w, 1), { variables: [w] });
    await add(tf.tensor1d([1, 2]));
    expect([...(await read()).dataSync()]).toEqual([1, 2]);
  });
});

describe('the graph engine', () => {
  it('uses the idle cores only where there is work to share', async () => {
    const create = vi.spyOn(InferenceSession, 'create');
    const engine = await createEngine();
    expect(engine.threads).toBeGreaterThanOrEqual(1);
    expect(engine.threads).toBeLessThanOrEqual(availableParallelism());
    const product = engine.compile((x: Tensor) => tf.matMul(x as Tensor2D, x as Tensor2D));
    for (const size of [8, 256]) tf.dispose(await product(tf.ones([size, size])));
    const options = create.mock.calls.map((call) => call.at(-1) as InferenceSession.SessionOptions);
    expect(options.map(({ intraOpNumThreads }) => intraOpNumThreads)).toEqual([1, engine.threads]);
    create.mockRestore();
    await engine.dispose();
    const one = await createEngine({ threads: 1 });
    expect(one.threads).toBe(1);
  });

  it('gives one operator no more results than the device allows', async () => {
    const device = { ...devices.cpu, mostResults: 3 };
    const pieces = (x: Tensor): Tensor[] => tf.unstack(x).map((row, i) => tf.mul(row, i));
    const x = random('pieces', [17, 2]);
    const { graph: traced } = trace(pieces, [x], [], { name: 'pieces', device });
    const splits = traced.nodes.filter(({ type }) => type === 'Split');
    expect(Math.max(...splits.map(({ outputs }) => outputs.length))).toBe(3);
    const limited = new GraphEngine({ threads: 1 }, device);
    const results = await limited.compile(pieces)(x);
    expect(results.map((row) => [...row.dataSync()])).toEqual(pieces(x).map((row) => [...row.dataSync()]));
    await limited.dispose();
  });

  it('compiles once a signature', async () => {
    let traced = 0;
    const square = graph.compile((x: Tensor) => (traced++, tf.square(x)));
    await square(tf.zeros([3]));
    await square(tf.ones([3]));
    expect(traced).toBe(1);
    expect([...(await square(tf.fill([2], 3))).dataSync()]).toEqual([9, 9]);
    expect(traced).toBe(2);
  });

  it('pulled values do not change with later calls', async () => {
    const w = tf.variable(tf.zeros([2]));
    const add = graph.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.sum(w)), { variables: [w] });
    await add(tf.tensor1d([1, 2]));
    await graph.pull([w]);
    for (let i = 0; i < 3; i++) await add(tf.tensor1d([1, 2]));
    expect([...w.dataSync()]).toEqual([1, 2]);
  });

  it('leaves no tensor behind', async () => {
    const w = tf.variable(random('w', [3, 2]));
    const step = graph.compile(descent(w), { variables: [w] });
    const [x, y] = [random('x', [8, 3]), random('y', [8, 2])];
    const once = async (): Promise<void> => tf.dispose(await step(x, y));
    await once();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await once();
    await graph
      .compile(descent(w), { variables: [w] })(x, y)
      .then((result) => tf.dispose(result));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('holds the values of a variable as long as a function uses it', async () => {
    const engine = await createGraphEngine({ device: testDevice, threads: 1 });
    const [shared, own] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([3]))];
    const first = engine.compile(() => tf.add(tf.sum(shared), tf.sum(own)), { variables: [shared, own] });
    const second = engine.compile(() => tf.sum(shared), { variables: [shared] });
    expect(engine.variablesHeld).toBe(0);
    await Promise.all([first(), second()]);
    expect(engine.variablesHeld).toBe(2);
    shared.assign(tf.ones([2]));
    expect((await second()).dataSync()[0]).toBe(2);
    expect(engine.variablesHeld).toBe(2);
    await first.dispose();
    // Buffers of a device go with the function that made them.
    expect(engine.variablesHeld).toBe(testDevice === 'cpu' ? 1 : 0);
    shared.dispose();
    await second.dispose();
    expect(engine.variablesHeld).toBe(0);
    await engine.compile(() => tf.sum(own), { variables: [own] })();
    expect(engine.variablesHeld).toBe(1);
    await engine.dispose();
    expect(engine.variablesHeld).toBe(0);
  });

  it('gives bool and int results their type', async () => {
    const compare = graph.compile((x: Tensor) => [tf.greater(x, 0), tf.cast(x, 'int32')]);
    const [a, b] = await compare(tf.tensor1d([1.5, -2]));
    expect([a!.dtype, ...a!.dataSync(), b!.dtype, ...b!.dataSync()]).toEqual(['bool', 1, 0, 'int32', 1, -2]);
  });

  it('refuses to read a value while tracing, and names the function', async () => {
    const run = graph.compile((x: Tensor) => tf.mul(x, x.dataSync()[0]!), { name: 'peek' });
    expect(await messageOf(() => run(tf.ones([2])))).toBe(
      'TraceError: peek: expected no value to be read while tracing, got a read (data, dataSync, array, print, ' +
        'or an op that looks at numbers, such as booleanMaskAsync); return the tensor and read it outside, or choose with tf.where',
    );
  });

  it('names a kernel it does not map', async () => {
    const run = graph.compile((x: Tensor) => tf.real(tf.spectral.fft(tf.complex(x, x))), {
      name: 'spectrum',
    });
    expect(await messageOf(() => run(tf.ones([4])))).toMatch(
      /^TraceError: spectrum: expected kernels the graph engine maps, got '\w+'; /,
    );
  });

  it('says when a tensor of another trace is used', async () => {
    let kept: Tensor | undefined;
    await graph.compile((x: Tensor) => (kept = tf.square(x)))(tf.ones([2]));
    const run = graph.compile((x: Tensor) => tf.add(x, kept!), { name: 'late' });
    expect(await messageOf(() => run(tf.ones([2])))).toMatch(
      /^TraceError: late: expected a tensor that is alive/,
    );
  });

  it('works on after a failed trace', async () => {
    await messageOf(() => graph.compile((x: Tensor) => tf.mul(x, x.dataSync()[0]!))(tf.ones([2])));
    expect(tf.getBackend()).toBe('cpu');
    expect([...(await graph.compile((x: Tensor) => tf.add(x, 1))(tf.ones([2]))).dataSync()]).toEqual([2, 2]);
  });

  it('refuses unknown engines, devices and misplaced options', async () => {
    expect(await messageOf(() => createEngine({ engine: 'grpah' as never }))).toBe(
      "ConfigError: createEngine.engine: expected one of graph | eager, got 'grpah'; did you mean 'graph'?",
    );
    expect(await messageOf(() => createEngine({ device: 'gpu' }))).toBe(
      "ConfigError: engine.device: expected one of cpu | webgpu | cuda, got 'gpu'; did you mean 'cpu'?",
    );
    expect(await messageOf(() => createEngine({ backend: 'wasm' }))).toBe(
      "ConfigError: engine.backend: expected it only with the eager engine, got 'wasm' with graph; leave it out",
    );
  });

  it('adds up repeated rows exactly and the same every time', async () => {
    const ids = tf.tensor1d(
      Int32Array.from({ length: 4096 }, (_, i) => i % 3),
      'int32',
    );
    const scatter = graph.compile((x: Tensor) => tf.unsortedSegmentSum(x, ids, 5));
    const x = random('rows', [4096, 8]);
    const first = [...(await scatter(x)).dataSync()];
    const sums = new Float64Array(40);
    x.dataSync().forEach((value, i) => (sums[(Math.floor(i / 8) % 3) * 8 + (i % 8)]! += value));
    first.forEach((value, i) => expect(Math.abs(value - sums[i]!)).toBeLessThan(1e-3));
    for (let i = 0; i < 5; i++) expect([...(await scatter(x)).dataSync()]).toEqual(first);
  });
});
