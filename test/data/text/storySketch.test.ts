import { expect, it } from 'vitest';
import {
  encodeStories,
  sketchStories,
  storiesInSketch,
  tokenizerFor,
  loadCorpus,
} from '../../../data/index.js';

const tokenizer = await tokenizerFor(await loadCorpus('toy'), 'bytes', { vocabularySize: 257 });
const encoded = (from: number, to: number): ReturnType<typeof encodeStories> =>
  encodeStories(
    Array.from({ length: to - from }, (_, i) => `The ${from + i} bears.`),
    tokenizer,
  );

it('tells the stories of a small set exactly, and doubled ones as often as they come', async () => {
  const sketch = await sketchStories(encoded(0, 1000));
  expect(storiesInSketch(encoded(990, 1500), sketch)).toEqual({ count: 10, isExact: true });
  expect(storiesInSketch(encodeStories(['The 3 bears.', 'The 3 bears.'], tokenizer), sketch).count).toBe(2);
  expect(storiesInSketch(encoded(1000, 3000), sketch).count).toBe(0);
  expect(storiesInSketch(encoded(0, 10), '')).toEqual({ count: 0, isExact: true });
});

it('of a large set keeps an even sample', async () => {
  const sketch = await sketchStories(encoded(0, 20_000));
  expect(sketch.split(' ')).toHaveLength(2048);
  const { count, isExact } = storiesInSketch(encoded(0, 5000), sketch);
  // A quarter of 2,048 is 512; the standard deviation is 20.
  expect([isExact, count > 430, count < 594]).toEqual([false, true, true]);
  expect(storiesInSketch(encoded(20_000, 40_000), sketch).count).toBe(0);
});
