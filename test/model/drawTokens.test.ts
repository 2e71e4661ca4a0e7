import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { drawTokens } from '../../src/model/draw.js';

const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

it('reads a long context in parts, and no further once its signal is aborted', async () => {
  const ends = new AbortController();
  const parts: number[] = [];
  const reader = {
    next: async (ids: Int32Array) => {
      parts.push(ids.length);
      if (parts.length === 2) ends.abort();
      return Float32Array.of(1, 0);
    },
  };
  const context = Array<number>(700).fill(1);
  const rest = { context, endOfText: 0, tokens: 3, sampling, rng: Rng.fromSeed(1) };
  for await (const id of drawTokens(reader, { ...rest, signal: ends.signal })) expect(id).toBeUndefined();
  expect(parts).toEqual([256, 256]);
  for await (const id of drawTokens(reader, rest)) expect(id).toBe(0);
  expect(parts).toEqual([256, 256, 256, 256, 188]);
});
