import { describe, expect, it } from 'vitest';
import { runDepth } from '../../../eval/lab/depth.js';
import { predictions } from '../../../eval/lab/predictions/registry.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { rules } from '../../../src/rules/registry.js';
import '../../support/close.js';
import { ALL } from '../../support/share.js';
import { onWasm } from '../../support/wasm.js';

onWasm();

const base = {
  rules: ['hebbian'],
  layers: 3,
  heads: [2],
  K: 24,
  widths: [48],
  pairs: 24,
  draws: 128,
  rng: Rng.fromSeed(1),
};

describe('depth', () => {
  it('the error of chained retrieval grows as (1 + s^2)^L - 1', () => {
    const points = runDepth(base);
    expect(points.map(({ layers }) => layers)).toEqual([1, 2, 3]);
    const growth = 1 + points[0]!.error.predicted!;
    for (const { layers, error } of points) {
      expect(error.predicted).toBeAllClose(growth ** layers - 1, { rtol: 1e-9, atol: 0 });
      expect(error.agrees).toBe(true);
    }
    for (const { error } of points.slice(0, 2)) {
      expect(error.value).toBeAllClose(error.predicted!, { rtol: 0.05, atol: 0 });
    }
  });

  it.each(ALL ? [32, 96] : [32])(
    'is within a twentieth of it for three layers of four heads at width %i',
    (width) => {
      const points = runDepth({ ...base, heads: [4], widths: [width], pairs: 16, draws: 256 });
      expect(points).toHaveLength(3);
      for (const { error } of points) {
        expect(error.value).toBeAllClose(error.predicted!, { rtol: 0.05, atol: 0 });
      }
    },
  );

  it('s^2 is that of the theory but for the fluctuation of a code of its own', () => {
    const s2 = predictions.hebbian!.depth!({ pairs: 64, heads: 4, K: 64, width: 256 });
    expect(s2).toBeAllClose(63 * (1 / 256 + 1 / 256), { rtol: 0.05, atol: 0 });
  });

  it('heads help, and a clean-up between layers stops the growth', () => {
    const points = runDepth({ ...base, heads: [1, 4], layers: 4, draws: 12 });
    const [alone, redundant] = [points.slice(0, 4), points.slice(4)];
    expect(redundant[3]!.error.value).toBeLessThan(alone[3]!.error.value / 2);
    expect(redundant[3]!.cleanedTop1.value).toBeGreaterThan(redundant[3]!.top1.value);
    expect(redundant[0]!.cleanedTop1.value).toBe(redundant[0]!.top1.value);
    expect(redundant[3]!.cleanedTop1.value).toBeGreaterThan(0.9);
  });

  it('measures every registered rule and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const points = runDepth({ ...base, rules: Object.keys(rules), layers: 2, pairs: 4, draws: 2 });
    expect(tf.memory().numTensors).toBe(before);
    expect(points).toHaveLength(2 * Object.keys(rules).length);
  });

  it('refuses what is no chain', () => {
    expect(() => runDepth({ ...base, layers: 0 })).toThrow('layers: expected at least 1, got 0');
    expect(() => runDepth({ ...base, rules: ['hebian'] })).toThrow("did you mean 'hebbian'?");
  });
});
