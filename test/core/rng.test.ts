import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';

it('draws several normals as one after the other, and goes on from there', () => {
  const [one, many] = [Rng.fromSeed(7), Rng.fromSeed(7)];
  const expected = Float32Array.from({ length: 1000 }, () => one.normal() * 0.3);
  expect(many.normals(1000, 0.3)).toEqual(expected);
  expect(many.state).toEqual(one.state);
});
