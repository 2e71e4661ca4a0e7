import { afterAll, describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { ModelOptions } from '../../src/model/config.js';
import { memoryInputs } from '../../src/model/traces.js';
import { frobeniusNorm } from '../../src/core/linearAlgebra.js';
import { Model } from '../../src/model/model.js';
import { memoryTraces, traceName } from '../../src/model/traces.js';
import { rules } from '../../src/rules/registry.js';
import { runSequence } from '../../src/rules/run/runRule.js';
import '../support/close.js';
import { stir, tinyConfig, tokens } from './support.js';

const CLOSE = { rtol: 1e-4, atol: 1e-5 };
const T = 7;

const configs: readonly { title: string; config: ModelOptions }[] = [
  { title: 'delta', config: { ...tinyConfig, rule: 'delta', gate: 'scalar' } },
  { title: 'bcm', config: { ...tinyConfig, rule: 'bcm', gate: 'fixed' } },
  { title: 'oja-response', config: { ...tinyConfig, rule: 'oja-response', gate: 'channel' } },
  {
    title: 'shared memories in a hybrid stack',
    config: { ...tinyConfig, heads: 4, keyValueHeads: 2, rule: 'delta', mixer: ['softmax', 'conditioning'] },
  },
];

const engine = await createEngine({ engine: 'graph', threads: 1 });
afterAll(async () => engine.dispose());

describe('memoryTraces of a new model', () => {
  it('tell decay and write strength, at first what rule and gate name', () => {
    const mixer = ['conditioning', 'softmax', 'conditioning'];
    const model = Model.create({ ...tinyConfig, layers: 3, mixer, rule: 'delta', gate: 'fixed' }, 1);
    const found = memoryTraces(model, tokens(2, 5));
    expect(new Set(Object.keys(found).map((name) => name.split('/')[0]))).toEqual(new Set(['0', '2']));
    const { initial } = rules.delta!.signals.beta!;
    expect(found['2/signal/beta']).toBeAllClose(tf.fill([2, 2, 5], initial), { rtol: 1e-5, atol: 0 });
    const decay = [...found['0/decay']!.dataSync()];
    expect(decay.every((share) => share > 0 && share < 1)).toBe(true);
  });
});

describe.each(configs)('memoryTraces of $title', ({ config }) => {
  const model = stir(Model.create(config, 1));
  const ids = tokens(2, T);
  // The first row is one document, the second two of 3 and 4 tokens, the last with the first's id again.
  const documents = tf.tensor2d([0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 6, 6, 5, 5], [2, T], 'int32');
  const lengths = [T, 3];
  const traces = memoryTraces(model, ids, documents);

  it('follows each memory to the end of the first document of its row', () => {
    for (const { layer, memory, input } of memoryInputs(model, ids, documents)) {
      for (const [row, length] of lengths.entries()) {
        for (let t = 0; t < length; t++) {
          const until = (x: Tensor): Tensor =>
            tf.slice(
              x,
              x.shape.map((size, axis) => (axis === 0 && size > 1 ? row : 0)),
              x.shape.map((size, axis) => (axis === 0 ? 1 : axis === 2 ? t + 1 : size)),
            );
          const signals = Object.entries(input.signals).map(([name, x]) => [name, until(x)] as const);
          const part = {
            q: until(input.q),
            k: until(input.k),
            v: until(input.v),
            signals: Object.fromEntries(signals),
            logDecay: input.logDecay && until(input.logDecay),
          };
          const { state } = runSequence(memory.rule, undefined, part, memory.ruleParams, { chunkSize: 4 });
          const [norm, own] = [traces[traceName(layer, 'norm')]!, frobeniusNorm];
          const got = Array.from({ length: memory.M }, (_, m) => norm.bufferSync().get(row, m, t));
          const size = memory.K * memory.V;
          const S = state.S.dataSync();
          const wanted = Array.from({ length: memory.M }, (_, m) =>
            own(S.subarray(m * size, (m + 1) * size)),
          );
          expect(got, `row ${row}, token ${t}`).toBeAllClose(wanted, CLOSE);
          if (t < length - 1) continue;
          for (const [field, tensor] of Object.entries(state)) {
            const last = traces[traceName(layer, `state/${field}`)]!;
            const rows = tf.slice(
              last,
              last.shape.map((__, axis) => (axis === 0 ? row : 0)),
              [1, ...last.shape.slice(1)],
            );
            expect(rows, field).toBeAllClose(tensor, CLOSE);
          }
        }
      }
    }
  });

  it('has decay, signals, keys and the measure of the bound, of conditioning blocks only', () => {
    const inputs = memoryInputs(model, ids, documents);
    const names = inputs.flatMap(({ layer, memory, input }) => [
      traceName(layer, 'keys'),
      ...(input.logDecay ? [traceName(layer, 'decay')] : []),
      ...Object.keys(input.signals).map((name) => traceName(layer, `signal/${name}`)),
      traceName(layer, 'norm'),
      ...(memory.rule.stability ? [traceName(layer, 'stability')] : []),
      ...Object.keys(memory.rule.initState({ B: 1, H: 1, K: 1, V: 1 }, memory.ruleParams)).map((field) =>
        traceName(layer, `state/${field}`),
      ),
    ]);
    expect(Object.keys(traces).sort()).toEqual(names.sort());
    for (const { layer, memory, input } of inputs) {
      expect(traces[traceName(layer, 'keys')]!.shape).toEqual([2, memory.M, T, memory.K]);
      if (memory.rule.name !== 'delta') continue;
      // Unit keys: the measure is beta.
      expect(traces[traceName(layer, 'stability')]).toBeAllClose(input.signals.beta!, {
        rtol: 1e-3,
        atol: 0,
      });
    }
  });

  it('is the same on the graph engine, leaves nothing behind and changes no weight', async () => {
    const compiled = engine.compile(
      (a: Tensor, b: Tensor): Record<string, Tensor> => ({ ...memoryTraces(model, a, b) }),
      { variables: model.variables },
    );
    const before = model.variables.map((variable) => Float32Array.from(variable.dataSync()));
    const first = await compiled(ids, documents);
    for (const [name, tensor] of Object.entries(first)) {
      expect(tensor, name).toBeAllClose(traces[name]!, CLOSE);
    }
    tf.dispose({ ...first });
    const held = tf.memory().numTensors;
    tf.dispose({ ...(await compiled(ids, documents)) });
    expect(tf.memory().numTensors).toBe(held);
    await engine.pull(model.variables);
    model.variables.forEach((variable, i) => {
      expect(variable.dataSync()).toEqual(before[i]);
    });
    await compiled.dispose();
  });
});
