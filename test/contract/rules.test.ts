import { afterAll, describe, expect, it } from 'vitest';
import '../support/close.js';
import { ConfigError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import type { RunRuleOptions } from '../../src/rules/runRule.js';
import {
  changedAt,
  eachToken,
  filledWith,
  joinTime,
  split,
  withDecay,
  withInputs,
  zeroBefore,
} from '../support/caseChanges.js';
import { oracles } from '../support/oracle.js';
import {
  applyCase,
  lossFloat32,
  oracleOutcome,
  ruleCase,
  runCase,
  SIZES,
  tensorOf,
  type CaseOptions,
  type RuleCase,
  type RuleOutcome,
} from '../support/ruleCase.js';

const ruleNames = Object.keys(rules);
const gateNames = Object.keys(gates);
const engines = [await createEngine({ engine: 'eager' }), await createEngine({ engine: 'graph' })];
const [eager] = engines as [(typeof engines)[number]];
const againstReference = { rtol: 1e-4, atol: 1e-5 };
const step: RunRuleOptions = { form: 'step' };
const chunk = (chunkSize: number): RunRuleOptions => ({ form: 'chunk', chunkSize });

afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.dispose()));
});

interface Outcome {
  readonly outputs: ArrayLike<number>;
  readonly state: Readonly<Record<string, ArrayLike<number>>>;
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
}

function expectSame(got: RuleOutcome, wanted: Outcome, tolerance = againstReference): void {
  expect(got.outputs, 'outputs').toBeAllClose(wanted.outputs, tolerance);
  for (const [name, values] of Object.entries(wanted.state)) {
    expect(got.state[name], name).toBeAllClose(values, tolerance);
  }
  expect(Object.keys(got.gradients)).toEqual(Object.keys(wanted.gradients));
  for (const [name, values] of Object.entries(wanted.gradients)) {
    expect(got.gradients[name], `gradient of ${name}`).toBeAllClose(values, tolerance);
  }
}

describe.each(ruleNames)('rule %s', (rule) => {
  const sizes = (T: number): CaseOptions => ({ ...SIZES, T, rule, gate: 'none' });

  it('is documented, and its knobs and signals are within their bounds', () => {
    const { name, title, equation, source, params, signals } = rules[rule]!;
    expect(name).toBe(rule);
    for (const text of [title, equation, source]) expect(text.length).toBeGreaterThan(4);
    for (const spec of Object.values(params)) {
      expect(spec.doc.length).toBeGreaterThan(10);
      if (typeof spec.default === 'string') expect(spec.choices).toContain(spec.default);
      else expect(spec.range![0] <= spec.default && spec.default <= spec.range![1]).toBe(true);
    }
    for (const { low, high, initial, meaning } of Object.values(signals)) {
      const highest = typeof high === 'number' ? high : params[high]!.default;
      expect(low < initial && initial < Number(highest)).toBe(true);
      expect(meaning.length).toBeGreaterThan(4);
    }
  });

  it('has an oracle', () => {
    expect(Object.keys(oracles)).toContain(rule);
  });

  describe.each(gateNames)('with gate %s', (gate) => {
    describe.each(engines)('on $name', (engine) => {
      it.each([1, 7, 8])('equals the oracle in every form at T = %i', async (T) => {
        const on = ruleCase({ ...sizes(T), gate });
        const wanted = oracleOutcome(on);
        for (const options of [step, chunk(3), chunk(64)]) {
          expectSame(await runCase(engine, on, options), wanted);
        }
      });

      it('equals the oracle where documents change', async () => {
        const on = ruleCase({ ...sizes(8), gate, documents: true });
        const wanted = oracleOutcome(on);
        for (const options of [step, chunk(1), chunk(3), chunk(64)]) {
          expectSame(await runCase(engine, on, options), wanted);
        }
      });

      it('gives in chunks what it gives step by step at T = 63', async () => {
        const on = ruleCase({ ...sizes(63), B: 1, gate, documents: true });
        const wanted = await runCase(eager, on, step);
        for (const options of [chunk(2), chunk(32)]) {
          expectSame(await runCase(engine, on, options), wanted);
        }
      });
    });

    it('starts from an empty memory where no state is given', async () => {
      const on = ruleCase({ ...sizes(7), gate, state: false });
      const wanted = oracleOutcome(on);
      for (const options of [step, chunk(2), chunk(64)]) {
        expectSame(await runCase(eager, on, options), wanted);
      }
    });

    it.each([step, chunk(4)])('never lets a token change what comes before it (%o)', async (options) => {
      const on = ruleCase({ ...sizes(15), gate });
      const before = await runCase(eager, on, options);
      for (const t of [0, 3, 8, 14]) {
        const changed = await runCase(eager, changedAt(on, t), options);
        eachToken(before.outputs, changed.outputs, 15, (token, same) => {
          if (token < t) expect(same, `token ${token} after a change of ${t}`).toBe(true);
        });
        expect(changed.outputs).not.toEqual(before.outputs);
      }
    });

    it.each(engines)('goes on from a carried state as if never interrupted on $name', async (engine) => {
      const [whole, first, second] = split(ruleCase({ ...sizes(23), gate }), 9);
      for (const options of [step, chunk(4)]) {
        const wanted = await runCase(engine, whole, options);
        const start = await runCase(engine, first, options);
        const carried = withInputs(second, {
          'state.S': ({ shape }) => ({ shape, values: Float64Array.from(start.state['state.S']!) }),
        });
        const end = await runCase(engine, carried, options);
        const joined = { outputs: joinTime(start.outputs, end.outputs, 9, 14), state: end.state };
        expect(joined.outputs).toBeAllClose(wanted.outputs, { rtol: 1e-6, atol: 2e-6 });
        expect(joined.state['state.S']).toBeAllClose(wanted.state['state.S']!, { rtol: 1e-6, atol: 2e-6 });
      }
    });
  });

  it('keeps documents of one row as apart as separate runs', async () => {
    const on = ruleCase({ ...sizes(23), gate: 'scalar' });
    const [, first, second] = split(on, 9);
    const documents = Int32Array.from({ length: 2 * 23 }, (_, n) => (n % 23 < 9 ? 4 : 2));
    const fresh = withInputs(second, { 'state.S': filledWith(() => 0) });
    for (const options of [step, chunk(4), chunk(64)]) {
      const together = await runCase(eager, { ...on, documents }, options);
      const [a, b] = [await runCase(eager, first, options), await runCase(eager, fresh, options)];
      expect(together.outputs).toBeAllClose(joinTime(a.outputs, b.outputs, 9, 14), {
        rtol: 1e-5,
        atol: 2e-6,
      });
      expect(together.state['state.S']).toBeAllClose(b.state['state.S']!, { rtol: 1e-5, atol: 2e-6 });
    }
  });

  it('lets nothing of another document through, not even the gradient', async () => {
    const documents = Int32Array.from({ length: 2 * 23 }, (_, n) => (n % 23 < 9 ? 4 : 2));
    const base = { ...ruleCase({ ...sizes(23), gate: 'scalar' }), documents };
    const late = { ...base, lossWeights: zeroBefore(base.lossWeights, 9) };
    for (const options of [step, chunk(4), chunk(64)]) {
      const { gradients } = await runCase(eager, late, options);
      // Decays are summed along a chunk, so there the zero is a difference of equal sums.
      const decays = gradients.logDecay!.filter((_, i) => i % 23 < 9);
      expect(decays).toBeAllClose(new Float32Array(decays.length), { rtol: 0, atol: 1e-6 });
      for (const name of ['k', 'v', 'signals.beta']) {
        eachToken(gradients[name]!, new Float32Array(gradients[name]!.length), 23, (token, zero) => {
          if (token < 9) expect(zero, `gradient of ${name} at ${token}`).toBe(true);
        });
      }
      expect(gradients['state.S']!.every((x) => x === 0)).toBe(true);
    }
  });

  it('gives the same at T = 256, outputs, gradients and state', async () => {
    const on = ruleCase({ ...sizes(256), B: 1, H: 1, gate: 'scalar' });
    const wanted = await runCase(eager, on, step);
    for (const engine of engines) expectSame(await runCase(engine, on, chunk(32)), wanted);
    expectSame(await runCase(eager, on, chunk(3)), wanted);
    expectSame(await runCase(eager, on, chunk(256)), wanted);
  });

  it('is exact on 64 equal keys', async () => {
    const random = ruleCase({ ...sizes(64), B: 1, gate: 'none' });
    const key = random.inputs.k!.values.slice(0, SIZES.K);
    const same = filledWith((i) => key[i % SIZES.K]!);
    const high = rules[rule]!.signals.beta?.high;
    const beta = filledWith(() => (typeof high === 'number' ? high : 1));
    const on = withInputs(random, { k: same, 'signals.beta': beta });
    const wanted = await runCase(eager, on, step);
    for (const engine of engines) expectSame(await runCase(engine, on, chunk(64)), wanted);
  });

  it.each([
    ['no decay at all', () => 0],
    ['total decay', () => -Infinity],
    ['decay far below float32', () => -1e4],
    ['all or nothing', (i: number) => (i % 3 === 0 ? -300 : 0)],
    ['an end of all memory amid slow decay', (i: number) => (i % 4 === 1 ? -Infinity : -0.3)],
    ['a decay of nearly 0', (i: number) => (i % 2 === 0 ? -1e-7 : -20)],
  ])('stays exact with %s', async (_, value) => {
    const on = withDecay(ruleCase(sizes(8)), [2, 2, 8], value);
    const wanted = await runCase(eager, on, step);
    expect(wanted.outputs).toBeAllClose(oracleOutcome(on).outputs, againstReference);
    for (const engine of engines) {
      for (const options of [chunk(3), chunk(64)]) expectSame(await runCase(engine, on, options), wanted);
    }
  });

  it('stays exact with zero keys and with write strengths at their bounds', async () => {
    const base = ruleCase({ ...sizes(8), gate: 'scalar' });
    const { low, high } = rules[rule]!.signals.beta ?? { low: 0, high: 1 };
    const { params } = rules[rule]!;
    const highest = typeof high === 'number' ? high : params[high]!.range![1];
    for (const bound of [low, highest]) {
      const on = withInputs(base, { 'signals.beta': filledWith(() => bound) });
      const zeroKeys = withInputs(on, { k: filledWith(() => 0) });
      for (const each of [on, zeroKeys]) {
        const wanted = oracleOutcome(each);
        for (const options of [step, chunk(3), chunk(64)]) {
          expectSame(await runCase(eager, each, options), wanted);
        }
      }
    }
  });

  it('takes a decay per key channel, step by step where it has no chunk form for it', async () => {
    const rng = Rng.fromSeed(5);
    const on = withDecay(ruleCase(sizes(7)), [2, 2, 7, SIZES.K], () => -rng.uniform());
    const wanted = oracleOutcome(on);
    for (const engine of engines) {
      for (const options of [step, chunk(4)]) expectSame(await runCase(engine, on, options), wanted);
    }
  });

  it('says so when its chunk form is asked for a decay per key channel it cannot do', () => {
    const tested = rules[rule]!;
    if (!tested.chunk || tested.channelChunk) return;
    const x = tf.zeros([1, 1, 2, 3]);
    const signals = Object.fromEntries(
      Object.keys(tested.signals).map((name) => [name, tf.zeros([1, 1, 2])]),
    );
    expect(() => tested.chunk!(undefined, { q: x, k: x, v: x, signals, logDecay: x }, {}, 2)).toThrow(
      new ConfigError('chunk: expected a log decay [B,H,T], got [1,1,2,3]; use the step form'),
    );
  });

  it('has gradients that agree with finite differences of float32', async () => {
    const on = ruleCase({ ...sizes(7), gate: 'scalar', documents: true });
    for (const options of [step, chunk(3)]) {
      const { gradients } = await runCase(eager, on, options);
      for (const name of Object.keys(on.inputs)) {
        const direction = Rng.fromSeed(7).normals(on.inputs[name]!.values.length);
        const slope = gradients[name]!.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        const eps = 1e-2;
        const moved = (by: number): RuleCase =>
          withInputs(on, {
            [name]: ({ shape, values }) => ({ shape, values: values.map((x, i) => x + by * direction[i]!) }),
          });
        const rise = (lossFloat32(moved(eps), options) - lossFloat32(moved(-eps), options)) / (2 * eps);
        expect(slope, `${name}, ${JSON.stringify(options)}`).toBeAllClose(rise, { rtol: 2e-2, atol: 2e-3 });
      }
    }
  });

  it('leaves no tensor behind and gives the same bits twice', () => {
    const on = ruleCase({ ...sizes(23), gate: 'scalar', documents: true });
    const tensors = Object.values(on.inputs).map(tensorOf);
    for (const options of [step, chunk(4)]) {
      const before = tf.memory().numTensors;
      const bits = [1, 2].map(() => {
        const { outputs, state } = tf.tidy(() => ({ ...applyCase(on, tensors, options) }));
        const values = outputs.dataSync();
        expect(tf.memory().numTensors).toBe(before + 1 + Object.keys(state).length);
        tf.dispose([outputs, ...Object.values(state)]);
        return values;
      });
      expect(bits[0]).toEqual(bits[1]);
      expect(tf.memory().numTensors).toBe(before);
    }
    tf.dispose(tensors);
  });
});
