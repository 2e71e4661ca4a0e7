import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { Engine } from '../../src/engine/engine.js';
import { BatchDecoder } from '../../src/model/batch.js';
import { Decoder } from '../../src/model/decode.js';
import { type DrawOptions, drawTokens } from '../../src/model/draw.js';
import { Model } from '../../src/model/model.js';
import '../support/close.js';
import { optionStacks, stir, tinyConfig } from './support.js';

let engine: Engine;
beforeAll(async () => (engine = await createEngine({ threads: 1 })));
afterAll(async () => engine.dispose());

const END = 0;

function asked(i: number, length = 1 + ((i * 7) % 23)): DrawOptions {
  const rng = Rng.fromSeed(i).derive('prompt');
  return {
    context: [END, ...Array.from({ length: length - 1 }, () => 1 + rng.below(49))],
    endOfText: END,
    tokens: 1 + ((i * 5) % 17),
    sampling: [{}, { topP: 0.8 }, { temperature: 0 }, { repetitionPenalty: 1.5 }][i % 4]!,
    rng: Rng.fromSeed(i),
  };
}

async function alone(model: Model, request: DrawOptions): Promise<number[]> {
  const decoder = Decoder.create(engine, model, 1);
  const ids: number[] = [];
  for await (const id of drawTokens(decoder, request)) ids.push(id);
  await decoder.dispose();
  return ids;
}

/** A request whose ids are collected. */
function collected(request: DrawOptions) {
  const ids: number[] = [];
  return { ids, request: { ...request, onToken: (id: number) => void ids.push(id) } };
}

describe('BatchDecoder', () => {
  it.each([
    { title: 'delta', config: { ...tinyConfig, rule: 'delta', gate: 'scalar' } },
    optionStacks.find(({ title }) => title === 'all options in a hybrid stack')!,
  ])('writes each text as it would be alone, whatever is beside it: $title', async ({ config }) => {
    const model = stir(Model.create(config, 1), 0.05);
    const all = Array.from({ length: 13 }, (_, i) => collected(asked(i)));
    const batch = new BatchDecoder(engine, model, { rows: 7 });
    await Promise.all(all.slice(0, 10).map(({ request }) => batch.write(request)));
    await Promise.all(all.slice(10).map(({ request }) => batch.write(request)));
    for (const [i, { ids }] of all.entries()) expect(ids, `text ${i}`).toEqual(await alone(model, asked(i)));
    await batch.dispose();
    model.dispose();
  });

  it('ends a text that is aborted or fails, and no other; leaves no tensor', async () => {
    const model = stir(Model.create({ ...tinyConfig, rule: 'delta', gate: 'scalar' }, 1), 0.05);
    const batch = new BatchDecoder(engine, model, { rows: 2 });
    const ends = new AbortController();
    const [one, other, third] = [1, 2, 3].map((i) => collected({ ...asked(i), tokens: 12 })) as [
      Asked,
      Asked,
      Asked,
    ];
    let count = 0;
    const onToken = (): void => {
      if (++count === 3) ends.abort();
    };
    const fails = (): void => {
      throw new Error('gone');
    };
    const results = await Promise.allSettled([
      batch.write({ ...one.request, tokens: 1000, onToken, signal: ends.signal }),
      batch.write({ ...other.request, onToken: fails }),
      batch.write(third.request),
      batch.write({ ...third.request, sampling: { topP: 7 } }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { message: 'gone' } });
    expect(results[3]).toMatchObject({ reason: { message: expect.stringContaining('topP') as string } });
    expect(count).toBe(3);
    const over = AbortSignal.abort();
    const behind = collected({ ...asked(3), tokens: 12 });
    await Promise.all([batch.write({ ...third.request, signal: over }), batch.write(behind.request)]);
    expect(behind.ids).toEqual(third.ids);
    expect(third.ids).toEqual(await alone(model, { ...asked(3), tokens: 12 }));
    const held = tf.memory().numTensors;
    await batch.write(collected(asked(5)).request);
    expect(tf.memory().numTensors).toBe(held);
    expect(batch.size).toBe(0);
    await batch.dispose();
    model.dispose();
  });

  it('refuses a text that a layer that keeps tokens has no room for', async () => {
    const model = Model.create({ ...tinyConfig, mixer: 'softmax' }, 1);
    const batch = new BatchDecoder(engine, model, { rows: 2, cacheLength: 8 });
    const { request } = collected({ ...asked(1, 5), tokens: 5 });
    await expect(batch.write(request)).rejects.toThrow('expected at most 8 tokens, prompt included, got 9');
    await expect(batch.write(request)).rejects.toThrow(ConfigError);
    // Rows that stand free while others go on do not fill the caches.
    for (let i = 0; i < 4; i++) {
      await Promise.all([1, 4].map((tokens) => batch.write({ ...request, tokens, rng: Rng.fromSeed(i) })));
    }
    await batch.dispose();
    model.dispose();
  });
});

type Asked = ReturnType<typeof collected>;

describe('Decoder', () => {
  it('reads a long text in pieces, and goes on from what it saved', async () => {
    const model = stir(Model.create({ ...tinyConfig, rule: 'delta', gate: 'scalar' }, 1), 0.05);
    const ids = Int32Array.from({ length: 600 }, (_, i) => (i * i) % 50);
    const decoder = Decoder.create(engine, model, 1);
    const whole = await decoder.next(ids);
    const saved = await decoder.save();
    expect(saved.tokens).toEqual([600]);
    const after = await decoder.next(Int32Array.of(7));
    const other = Decoder.create(engine, model, 1);
    other.restore(saved);
    expect(await other.next(Int32Array.of(7))).toEqual(after);
    other.restore(saved);
    expect(await other.next(Int32Array.of(7))).toEqual(after);
    await other.reset();
    let last = new Float32Array();
    for (const id of ids) last = Float32Array.from(await other.next(Int32Array.of(id)));
    expect(last).toBeAllClose(whole, { rtol: 1e-4, atol: 1e-5 });
    const wide = Decoder.create(engine, model, 2);
    expect(() => wide.restore(saved)).toThrow(ShapeError);
    for (const one of [decoder, other, wide]) await one.dispose();
    model.dispose();
  });
});
