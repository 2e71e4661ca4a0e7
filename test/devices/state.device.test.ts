import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { devices } from '../../src/engine/graph/devices.js';
import { createGraphEngine } from '../../src/engine/graph/graphEngine.js';
import { InferenceSession, type Tensor as OrtTensor } from '../../src/engine/graph/onnxRuntime.js';
import { Model } from '../../src/model/model.js';
import { defaults } from '../../train/config/schema.js';
import { textObjective } from '../../train/stories.js';
import { createUpdater, type Objective } from '../../train/updater.js';
import { testDevice } from '../support/device.js';
import { randomBatch, smallModel } from '../train/smallModel.js';

afterEach(() => vi.restoreAllMocks());

type Tensors = readonly OrtTensor[];
type Place = OrtTensor['location'];

const count = (tensors: Tensors, place: Place): number =>
  tensors.filter(({ location }) => location === place).length;

/** From now on, how many tensors went into each run of a session, by place, and all that came out. */
function watchRuns() {
  // The cast: the class is declared by what makes one of it alone.
  const { prototype } = InferenceSession as unknown as { prototype: Pick<InferenceSession, 'run'> };
  // The cast: one of the two forms of the call is enough.
  const original = prototype.run;
  const fed: Partial<Record<Place, number>>[] = [];
  const given: Tensors[] = [];
  vi.spyOn(prototype, 'run').mockImplementation(async function (this: InferenceSession, feeds, ...rest) {
    const inputs = Object.values(feeds);
    fed.push({ cpu: count(inputs, 'cpu'), 'gpu-buffer': count(inputs, 'gpu-buffer') });
    const outputs = await original.call(this, feeds, rest[0]);
    given.push(Object.values(outputs));
    return outputs;
  });
  return { fed, given };
}

/** Graphs for the device are compiled once for all engines, as long as one is there. */
const first = await createGraphEngine({ device: testDevice });
await first.compile(() => tf.ones([1]))();
afterAll(() => first.dispose());

const settings = { ...defaults.optimizer, name: 'adamw' };
const model = Model.create({ ...smallModel, layers: 1 }, 5);

/** An engine that trains the model on random text. */
async function trainer(options: { readonly profile?: string } = {}) {
  const engine = await createGraphEngine({ device: testDevice, threads: 1, ...options });
  const updater = createUpdater({ engine, objective: textObjective(model), settings, accumulationSteps: 1 });
  const update = (t: number) => updater.update([randomBatch(t)], { t, rate: 0.01 });
  return { engine, updater, update };
}

/** Some of the weights drawn to a number: a step with few nodes, of which many take little time. */
const attraction: Objective<number> = {
  weights: model.weights.slice(0, 3),
  tensors: (target) => [tf.scalar(target)],
  lossSum: (target) =>
    tf.addN(
      model.weights
        .slice(0, 3)
        .map(({ variable }) => tf.sum<tf.Scalar>(tf.squaredDifference(variable, target))),
    ),
  totalWeight: () => 1,
};

const { variables: home } = devices[testDevice];

describe.runIf(home === 'device')('weights and moments', () => {
  it('stay on the device: a batch goes there, and two numbers come back', async () => {
    const { engine, updater, update } = await trainer();
    await update(1);
    const { fed, given } = watchRuns();
    await update(2);
    const size = model.variables.length + updater.moments.length;
    // Ids, targets, loss mask, documents, and the numbers of the update; back come loss and gradient norm.
    expect([fed, given.map(({ length }) => length - size)]).toEqual([[{ cpu: 5, 'gpu-buffer': size }], [2]]);
    await engine.pull([...model.variables, ...updater.moments.map(({ variable }) => variable)]);
    expect(fed.slice(1)).toEqual([{ cpu: 0, 'gpu-buffer': size }]);
    await engine.dispose();
  });

  it('leave no tensor and no device buffer behind in 60 updates, refused ones among them', async () => {
    const engine = await createGraphEngine({ device: testDevice, threads: 1 });
    const updater = createUpdater({ engine, objective: attraction, settings, accumulationSteps: 1 });
    const update = (t: number, good = true) => updater.update([good ? 1 : NaN], { t, rate: 0.01 });
    const { given } = watchRuns();
    const counts = () => [tf.memory().numTensors, count(given.flat(), 'gpu-buffer')];
    await update(1);
    const before = counts();
    for (let t = 2; t <= 60; t++) expect((await update(t, t % 4 !== 0)).applied).toBe(t % 4 !== 0);
    expect(counts()).toEqual(before);
    await updater.dispose();
    await engine.dispose();
    expect(counts()[1]).toBe(0);
  });

  it('take no more memory after 200 steps of a large variable, half of them refused', async () => {
    const engine = await createGraphEngine({ device: testDevice });
    const w = tf.variable(tf.zeros([512, 1024]));
    const step = engine.compile((x: Tensor) => (w.assign(tf.add(w, x)), tf.mul(x, 2)), {
      variables: [w],
      commit: 'finite',
    });
    const run = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) tf.dispose(await step(tf.scalar(i % 2 === 0 ? 1 : NaN)));
      return process.memoryUsage().rss;
    };
    const before = await run(20);
    // 180 values of 2 MiB are 360 MiB.
    expect((await run(180)) - before).toBeLessThan(60 * 2 ** 20);
    await engine.pull([w]);
    expect(w.dataSync()[7]).toBe(100);
    await engine.dispose();
  });
});

it('an update computes with floats on the device alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pavlov-profile-'));
  const { engine, update } = await trainer({ profile: join(folder, 'profile') });
  await update(1);
  await engine.dispose();
  const [file] = readdirSync(folder);
  interface Event {
    readonly name: string;
    readonly args?: { readonly provider?: string; readonly input_type_shape?: readonly object[] };
  }
  const events = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as Event[];
  const nodes = events.filter(({ name, args }) => name.endsWith('_kernel_time') && args?.provider);
  expect(nodes.length).toBeGreaterThan(100);
  const elsewhere = nodes.filter(({ args }) => args!.provider === 'CPUExecutionProvider');
  const floats = elsewhere.filter(({ args }) => args!.input_type_shape?.some((input) => 'float' in input));
  expect(testDevice === 'cpu' ? [] : floats.map(({ name }) => name)).toEqual([]);
});
