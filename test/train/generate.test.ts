import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeStories, type Tokenizer } from '../../data/index.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { Model } from '../../src/model/model.js';
import { BatchCursor } from '../../data/index.js';
import { defaults } from '../../train/config/schema.js';
import { generate, generateText } from '../../src/model/generate.js';
import { createTextScorer, textObjective } from '../../train/stories.js';
import { createUpdater } from '../../train/updater.js';
import { trainTokenizer } from '../support/trainTokenizer.js';

const STORY =
  'Zoë had a small red boat. One day the boat sank in the deep pond. “Oh no!” said Zoë. Her dad took a long stick and got the boat back. Zoë was glad.';

let engine: Engine;
let tokenizer: Tokenizer;
let model: Model;

beforeAll(async () => {
  engine = await createEngine({ threads: 1 });
  tokenizer = trainTokenizer('bytes', [STORY], 257);
  const { model: base } = defaults;
  const sizes = { width: 32, layers: 2, heads: 2, keySize: 16, valueSize: 16, mlpWidth: 64, chunkSize: 16 };
  model = Model.create({ ...base, ...sizes, vocabularySize: tokenizer.vocabularySize }, 3);
  const set = encodeStories([STORY], tokenizer);
  const cursor = new BatchCursor(set, { batchSize: 1, sequenceLength: set.tokens.length + 1, seed: 1 });
  const updater = createUpdater({
    engine,
    objective: textObjective(model),
    settings: { ...defaults.optimizer, name: 'adamw' },
    accumulationSteps: 1,
  });
  for (let t = 1; t <= 150; t++)
    await updater.update([cursor.next()], { t, rate: 0.01 * Math.min(1, t / 10) });
  await updater.dispose();
});
afterAll(async () => engine.dispose());

const options = (prompt: string, tokens = 400, seed = 1) => ({
  engine,
  model,
  tokenizer,
  prompt,
  tokens,
  sampling: { temperature: 0 },
  rng: Rng.fromSeed(seed),
});

it('recites the one story it was trained on, and stops at its end', async () => {
  expect(await generateText(options(''))).toBe(STORY);
  expect(await generateText(options('Zoë had a'))).toBe(STORY.slice('Zoë had a'.length));
});

it('gives pieces that never end within a character, and as many tokens as asked for', async () => {
  const pieces: string[] = [];
  for await (const piece of generate(options('', 120))) pieces.push(piece);
  expect(pieces.join('')).not.toContain('\uFFFD');
  expect(new TextEncoder().encode(pieces.join(''))).toHaveLength(120);
  expect(pieces.length).toBeGreaterThan(100);
});

it('leaves no tensor behind', async () => {
  await generateText(options('', 5));
  const before = tf.memory().numTensors;
  await generateText(options('', 5));
  expect(tf.memory().numTensors).toBe(before);
});

it('scores that story near zero bits, from the weights in the engine, whatever the size of the rows', async () => {
  const set = encodeStories([STORY], tokenizer);
  const wide = createTextScorer(engine, model, { batchSize: 1, sequenceLength: 256 });
  const { bitsPerByte, lossNats, stories } = await wide.score(set);
  expect(stories).toBe(1);
  expect(bitsPerByte).toBeLessThan(0.1);
  const nats = lossNats * (set.tokens.length + 1);
  expect(Math.abs(bitsPerByte - nats / Math.LN2 / new TextEncoder().encode(STORY).length)).toBeLessThan(1e-9);
  const padded = createTextScorer(engine, model, { batchSize: 3, sequenceLength: 200 });
  expect(Math.abs((await padded.score(set)).bitsPerByte - bitsPerByte)).toBeLessThan(1e-5);
});
