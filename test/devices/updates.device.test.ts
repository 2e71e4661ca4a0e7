import { afterAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { Model } from '../../src/model/model.js';
import { testDevice } from '../support/device.js';
import { COMBINATIONS } from '../support/ruleSets.js';
import { someOf } from '../support/share.js';
import { smallModel } from '../train/smallModel.js';

const engines = await Promise.all(['cpu', testDevice].map((device) => createEngine({ device, threads: 1 })));
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** Of the largest gradient entry of a weight. 4.0e-5 was the worst on SwiftShader. */
const TOLERANCE = 1e-4;
const RATE = 0.1;

/** Three documents in ten tokens: boundaries within chunks of four, and a last chunk that is not full. */
const tokens = 10;
const rng = Rng.fromSeed(3);
const ids = () =>
  tf.tensor2d(
    Int32Array.from({ length: 2 * tokens }, () => rng.below(24)),
    [2, tokens],
    'int32',
  );
const row = Array.from({ length: tokens }, (_, t) => (t < 3 ? 0 : t < 7 ? 1 : 2));
const batch = [ids(), ids(), tf.ones([2, tokens]), tf.tensor2d([row, row], undefined, 'int32')] as const;

interface Update {
  readonly loss: number;
  readonly gradients: readonly Float32Array[];
  /** Names and values after the update. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

async function update(engine: Engine, rule: string, gate: string): Promise<Update> {
  const model = Model.create({ ...smallModel, layers: 1, rule, gate }, 5);
  const variables = [...model.variables];
  const step = engine.compile(
    (...[x, targets, weights, documents]: typeof batch) => {
      const loss = () => model.lossSum(x, targets, weights, documents);
      const { value, grads } = tf.variableGrads(loss, variables);
      const gradients = variables.map((variable) => grads[variable.name]!);
      variables.forEach((w, i) => w.assign(tf.sub(w, tf.mul(gradients[i]!, RATE))));
      return [value, ...gradients];
    },
    { variables },
  );
  const [loss, ...gradients] = (await step(...batch)).map((x: Tensor) => x.dataSync() as Float32Array);
  await step.dispose();
  const weights = new Map(
    model.weights.map(({ name, variable }) => [name, variable.dataSync() as Float32Array]),
  );
  return { loss: loss![0]!, gradients, weights };
}

const largest = (values: Float32Array): number =>
  values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

/** The kernels are held one by one; together they run here, in other models with another PAVLOV_SEED. */
const combinations = someOf(COMBINATIONS, 6);

describe(`a model on ${testDevice}`, () => {
  it.each(combinations)('of $rule with $gate is updated as on cpu', async ({ rule, gate }) => {
    const [wanted, got] = [await update(engines[0]!, rule, gate), await update(engines[1]!, rule, gate)];
    expect(Math.abs(got.loss / wanted.loss - 1)).toBeLessThan(1e-5);
    [...wanted.weights].forEach(([name, values], i) => {
      const [theirs, ours] = [wanted.gradients[i]!, got.gradients[i]!];
      const bound = TOLERANCE * largest(theirs);
      expect(bound, `gradient of ${name}`).toBeGreaterThan(0);
      expect(largest(ours.map((value, j) => value - theirs[j]!)), `gradient of ${name}`).toBeLessThan(bound);
      const after = got.weights.get(name)!;
      const off = largest(after.map((value, j) => value - values[j]!));
      expect(off, name).toBeLessThan(RATE * bound + 1e-6);
    });
  });
});
