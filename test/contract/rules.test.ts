import { afterAll, describe, expect, it } from 'vitest';
import '../support/close.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';
import {
  changedAt,
  eachToken,
  filledWith,
  joinTime,
  split,
  withDecay,
  withInputs,
  withoutState,
  withState,
  zeroBefore,
} from '../support/caseChanges.js';
import { againstReference, expectSame } from '../support/expectSame.js';
import { oracles } from '../support/oracle.js';
import {
  applyCase,
  lossFloat32,
  oracleOutcome,
  oracleOutput,
  outputsOf,
  ruleCase,
  runCase,
  SIZES,
  tensorOf,
  type CaseOptions,
  type RuleCase,
} from '../support/ruleCase.js';
import { formsOf, knobSettings, step, strongestWrite } from '../support/ruleForms.js';

const ruleNames = Object.keys(rules);
const gateNames = Object.keys(gates);
const engines = [await createEngine({ engine: 'eager' }), await createEngine({ engine: 'graph' })];
const [eager] = engines as [(typeof engines)[number]];

afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.dispose()));
});

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
      it.each([1, 7])('equals the oracle in every form at T = %i', async (T) => {
        const on = ruleCase({ ...sizes(T), gate });
        const wanted = oracleOutcome(on);
        for (const options of formsOf(on, 3, 64)) expectSame(await runCase(engine, on, options), wanted);
      });

      it('equals the oracle where documents change', async () => {
        const on = ruleCase({ ...sizes(8), gate, documents: true });
        const wanted = oracleOutcome(on);
        for (const options of formsOf(on, 1, 3, 64)) {
          expectSame(await runCase(engine, on, options), wanted);
        }
      });

      it('stays exact with zero keys and with write strengths at their bounds', async () => {
        const base = ruleCase({ ...sizes(8), gate });
        const at = (beta: number): RuleCase => withInputs(base, { 'signals.beta': filledWith(() => beta) });
        const [weakest, strongest] = [at(rules[rule]!.signals.beta?.low ?? 0), at(strongestWrite(rule))];
        const zeroKeys = withInputs(strongest, { k: filledWith(() => 0) });
        for (const each of [weakest, strongest, zeroKeys]) {
          const wanted = oracleOutcome(each);
          for (const options of formsOf(each, 3)) {
            expectSame(await runCase(engine, each, options), wanted);
          }
        }
      });
    });

    it('starts from an empty memory where no state is given', async () => {
      const on = ruleCase({ ...sizes(7), gate, state: false });
      const wanted = oracleOutcome(on);
      for (const options of formsOf(on, 2, 64)) expectSame(await runCase(eager, on, options), wanted);
    });

    it('never lets a token change what comes before it', () => {
      const on = ruleCase({ ...sizes(15), gate });
      for (const options of formsOf(on, 4)) {
        const before = outputsOf(on, options);
        for (const t of [0, 3, 8, 14]) {
          const changed = outputsOf(changedAt(on, t), options);
          eachToken(before, changed, 15, (token, same) => {
            if (token < t) expect(same, `token ${token} after a change of ${t}`).toBe(true);
          });
          expect(changed).not.toEqual(before);
        }
      }
    });

    it.each(engines)('goes on from a carried state as if never interrupted on $name', async (engine) => {
      const [whole, first, second] = split(ruleCase({ ...sizes(23), gate }), 9);
      for (const options of formsOf(whole, 4)) {
        const wanted = await runCase(engine, whole, options);
        const start = await runCase(engine, first, options);
        const end = await runCase(engine, withState(second, start.state), options);
        const joined = joinTime(start.outputs, end.outputs, 9, 14);
        expect(joined).toBeAllClose(wanted.outputs, { rtol: 1e-6, atol: 1e-6 });
        expect(Object.keys(end.state)).toEqual(Object.keys(wanted.state));
        for (const [name, values] of Object.entries(wanted.state)) {
          expect(end.state[name], name).toBeAllClose(values, { rtol: 1e-6, atol: 1e-6 });
        }
      }
    });
  });

  it('keeps documents of one row as apart as separate runs', async () => {
    const on = ruleCase({ ...sizes(23), gate: 'scalar' });
    const [, first, second] = split(on, 9);
    const documents = Int32Array.from({ length: 2 * 23 }, (_, n) => (n % 23 < 9 ? 4 : 2));
    const fresh = { ...second, inputs: withoutState(second.inputs) };
    for (const options of formsOf(on, 4, 64)) {
      const together = await runCase(eager, { ...on, documents }, options);
      const [a, b] = [await runCase(eager, first, options), await runCase(eager, fresh, options)];
      expect(together.outputs).toBeAllClose(joinTime(a.outputs, b.outputs, 9, 14), {
        rtol: 1e-5,
        atol: 2e-6,
      });
      for (const [name, values] of Object.entries(b.state)) {
        expect(together.state[name], name).toBeAllClose(values, { rtol: 1e-5, atol: 2e-6 });
      }
    }
  });

  it('lets nothing of another document through, not even the gradient', async () => {
    const documents = Int32Array.from({ length: 2 * 23 }, (_, n) => (n % 23 < 9 ? 4 : 2));
    const base = { ...ruleCase({ ...sizes(23), gate: 'scalar' }), documents };
    const late = { ...base, lossWeights: zeroBefore(base.lossWeights, 9) };
    for (const options of formsOf(late, 4, 64)) {
      const { gradients } = await runCase(eager, late, options);
      // Decays are summed along a chunk, so there the zero is a difference of equal sums.
      const decays = gradients.logDecay!.filter((_, i) => i % 23 < 9);
      expect(decays).toBeAllClose(new Float32Array(decays.length), { rtol: 0, atol: 1e-6 });
      for (const name of ['k', 'v', 'signals.beta']) {
        eachToken(gradients[name]!, new Float32Array(gradients[name]!.length), 23, (token, zero) => {
          if (token < 9) expect(zero, `gradient of ${name} at ${token}`).toBe(true);
        });
      }
      for (const name of Object.keys(late.inputs).filter((key) => key.startsWith('state.'))) {
        expect(
          gradients[name]!.every((x) => x === 0),
          `gradient of ${name}`,
        ).toBe(true);
      }
    }
  });

  it.each(knobSettings(rule))('equals the oracle with its knobs at %o', async (params) => {
    const on = ruleCase({ ...sizes(8), gate: 'scalar', documents: true, params });
    const wanted = oracleOutcome(on);
    for (const options of formsOf(on, 3)) expectSame(await runCase(eager, on, options), wanted);
  });

  it.each([
    ['no decay at all', () => 0],
    ['total decay', () => -Infinity],
    ['decay far below float32', () => -1e4],
    ['all or nothing', (i: number) => (i % 3 === 0 ? -300 : 0)],
    ['an end of all memory amid slow decay', (i: number) => (i % 4 === 1 ? -Infinity : -0.3)],
    ['a decay of nearly 0', (i: number) => (i % 2 === 0 ? -1e-7 : -20)],
  ])('stays exact with %s', async (_, value) => {
    for (const shape of [
      [2, 2, 8],
      [2, 2, 8, SIZES.K],
    ]) {
      const on = withDecay(ruleCase(sizes(8)), shape, value);
      const wanted = await runCase(eager, on, step);
      expect(wanted.outputs).toBeAllClose(oracleOutput(on), againstReference);
      for (const engine of engines) {
        for (const options of formsOf(on, 3, 64).slice(1)) {
          expectSame(await runCase(engine, on, options), wanted);
        }
      }
    }
  });

  it('has gradients that agree with finite differences of float32', async () => {
    const on = ruleCase({ ...sizes(7), gate: 'scalar', documents: true });
    for (const options of formsOf(on, 3)) {
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
    for (const options of formsOf(on, 4)) {
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
