import { describe, expect, it } from 'vitest';
import { predictions } from '../../../eval/lab/predictions/registry.js';
import { runStability } from '../../../eval/lab/stability.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { rules } from '../../../src/rules/registry.js';
import { ALL } from '../../support/share.js';
import { onWasm } from '../../support/wasm.js';

onWasm();

const bracketed = Object.keys(predictions).filter((name) => predictions[name]?.stability && name in rules);
const STEP = 0.011;

describe('stability', () => {
  it.each(bracketed)('%s: the measured edge brackets the bound, and the exact edge with a decay', (name) => {
    const rng = Rng.fromSeed(4).derive(name);
    const weak = 0.1 + 0.4 * rng.uniform();
    const betas = [...(ALL ? [weak] : []), 0.5 + 0.5 * rng.uniform()];
    const decays = [1, 0.8 + 0.15 * rng.uniform()];
    for (const point of runStability({ rules: [name], betas, decays, rng })) {
      expect(point.dependsOnState).toBe(false);
      expect(point.unbounded! - point.bounded).toBeLessThan(STEP);
      if (point.decay === 1) expect(Math.abs(point.bounded - point.bound!)).toBeLessThan(STEP);
      else expect(point.bounded).toBeGreaterThan(point.bound!);
      expect(point.predicted!).toBeGreaterThan(point.bounded - STEP);
      expect(point.predicted!).toBeLessThan(point.unbounded! + STEP);
      expect(point.agrees).toBe(true);
    }
  });

  it('the edge is in the quantity the rule names, parameters included', () => {
    const params = { oja: { forgetting: 0.4 } };
    const [point] = runStability({ rules: ['oja'], betas: [0.7], decays: [1], params, rng: Rng.fromSeed(1) });
    expect(Math.abs(point!.bounded - 2)).toBeLessThan(STEP);
  });

  it('plain association is bounded by a decay only', () => {
    const [lasting, decaying] = runStability({
      rules: ['hebbian'],
      betas: [1],
      decays: [1, 0.9],
      rng: Rng.fromSeed(1),
    });
    expect([lasting!.bounded, lasting!.agrees]).toEqual([0, null]);
    expect([decaying!.bounded, decaying!.unbounded]).toEqual([4, null]);
  });

  it('says where a bound depends on the state, and does not judge it', () => {
    const options = { betas: [0.25], decays: [1], steps: 64, rng: Rng.fromSeed(1) };
    const [point] = runStability({ rules: ['oja-response'], ...options });
    expect([point!.dependsOnState, point!.predicted, point!.agrees]).toEqual([true, null, null]);
  });

  it('leaves no tensor, and refuses a decay that is none', () => {
    const before = tf.memory().numTensors;
    runStability({ rules: ['delta'], betas: [1], decays: [1], steps: 16, rng: Rng.fromSeed(1) });
    expect(tf.memory().numTensors).toBe(before);
    const wrong = { rules: ['delta'], betas: [1], decays: [1.5], rng: Rng.fromSeed(1) };
    expect(() => runStability(wrong)).toThrow('decay: expected a number above 0 and at most 1, got 1.5');
  });
});
