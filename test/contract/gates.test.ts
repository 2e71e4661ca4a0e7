import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { resolveParams } from '../../src/core/params.js';
import { Rng } from '../../src/core/rng.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Scalar, type Tensor } from '../../src/core/tf.js';
import { gates } from '../../src/gates/registry.js';
import { bothEngines } from '../support/engines.js';

const engines = await bothEngines();

const [B, H, T, K] = [2, 3, 4, 5];
const place = { H, K, layer: 1, layers: 4 };

describe.each(Object.keys(gates))('gate %s', (name) => {
  const gate = gates[name]!;
  const params = resolveParams(gate.params, {}, 'gate');
  const specs = gate.weights(place, params);
  const columns = gate.columns(place, params);
  const shape = columns === 1 ? [B, H, T] : [B, H, T, columns];
  const inputs = [
    ...(columns > 0 ? [{ name: 'projected', shape, initial: normalValues(shape) }] : []),
    ...specs,
  ];

  function logDecay(tensors: readonly Tensor[]): Tensor | undefined {
    const named = Object.fromEntries(inputs.map((input, i) => [input.name, tensors[i]!]));
    const { projected, ...weights } = named;
    return gate.logDecay({ B, T, projected }, weights, place, params);
  }

  const start = (): Tensor[] =>
    inputs.map((input) => tf.tensor(input.initial(Rng.fromSeed(3)), [...input.shape]));

  it('is documented, with parameters within their bounds', () => {
    expect(gate.name).toBe(name);
    for (const text of [gate.title, gate.equation, gate.source]) expect(text.length).toBeGreaterThan(4);
    for (const spec of Object.values(gate.params)) {
      expect(spec.doc.length).toBeGreaterThan(10);
      if (typeof spec.default === 'string') expect(spec.choices).toContain(spec.default);
      else expect(spec.range![0] <= spec.default && spec.default <= spec.range![1]).toBe(true);
    }
  });

  it('asks for 0, 1 or K columns, and for weights of which it gives as many values', () => {
    expect([0, 1, K]).toContain(columns);
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length);
    for (const spec of specs) {
      const values = spec.initial(Rng.fromSeed(1));
      expect(values.length).toBe(sizeOf(spec.shape));
      expect(values.every(Number.isFinite)).toBe(true);
      expect(spec.initial(Rng.fromSeed(1))).toEqual(values);
    }
  });

  it('gives log decays of at most 0 in a shape rules take, however large the projection', () => {
    for (const scale of [1, 1e3]) {
      const g = logDecay(start().map((x, i) => (inputs[i]!.name === 'projected' ? tf.mul(x, scale) : x)));
      if (!g) continue;
      const wide = columns === K ? [H, T, K] : [H, T];
      expect([1, B]).toContain(g.shape[0]);
      expect(g.shape.slice(1)).toEqual(wide);
      expect(g.dataSync().every((x) => x <= 0 && Number.isFinite(x))).toBe(true);
    }
  });

  it.each(engines)('has the gradient that finite differences give on $name', async (engine) => {
    if (inputs.length === 0) return;
    const loss = (...tensors: Tensor[]): Scalar => tf.sum(tf.exp(logDecay(tensors)!));
    const gradients = await engine.compile((...tensors: Tensor[]) => tf.grads(loss)(tensors))(...start());
    for (const [i, gradient] of gradients.entries()) {
      const direction = tf.tensor(Rng.fromSeed(9).normals(gradient.size), gradient.shape);
      const moved = (by: number): number =>
        loss(...start().map((x, j) => (i === j ? tf.add(x, tf.mul(direction, by)) : x))).dataSync()[0]!;
      const slope = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
      expect(slope, inputs[i]!.name).toBeAllClose((moved(1e-2) - moved(-1e-2)) / 2e-2, {
        rtol: 2e-2,
        atol: 2e-3,
      });
    }
  });
});

function normalValues(shape: readonly number[]): (rng: Rng) => Float32Array {
  return (rng) => rng.normals(sizeOf(shape));
}
