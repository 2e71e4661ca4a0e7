import { afterAll, describe, expect, it } from 'vitest';
import { encodeStories, toyStories, type TokenSet } from '../../data/index.js';
import { trainTokenizer } from '../support/trainTokenizer.js';
import { bucketOf, positionBuckets } from '../../eval/probes/lm.js';
import { runProbes } from '../../eval/runProbes.js';
import type { ProbeResult, ProbeSubject } from '../../eval/index.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { Model } from '../../src/model/model.js';

const stories = toyStories()
  .validation.slice(0, 12)
  .map((story, i) => story.slice(0, 20 + 7 * i));

const tokenizer = trainTokenizer('bytes');
const validation: TokenSet = encodeStories(stories, tokenizer);
const model = Model.create(
  {
    vocabularySize: tokenizer.vocabularySize,
    width: 8,
    layers: 1,
    heads: 2,
    keySize: 4,
    valueSize: 4,
    mlpWidth: 8,
    convolution: 2,
    outputGate: true,
    rule: 'delta',
    ruleParams: {},
    gate: 'scalar',
    gateParams: {},
    chunkSize: 16,
    mixer: 'conditioning',
    normEpsilon: 1e-5,
  },
  3,
);
const engine = await createEngine({ engine: 'eager', backend: 'cpu' });
const subject: ProbeSubject = {
  engine,
  model,
  tokenizer,
  validation,
  shape: { batchSize: 2, sequenceLength: 128 },
  rng: Rng.fromSeed(1),
};

afterAll(() => engine.dispose());

async function runLm(on: ProbeSubject): Promise<readonly ProbeResult[]> {
  const [report] = await runProbes(['lm'], on);
  return report?.results ?? [];
}

/** Nats of each target of one story, alone in its own row, by a softmax in plain numbers. */
function natsOfStory(story: string): number[] {
  const targets = [...tokenizer.encode(story), tokenizer.endOfText];
  const inputs = [tokenizer.endOfText, ...targets.slice(0, -1)];
  const logits = tf.tidy(() => model.logits(tf.tensor2d(inputs, [1, inputs.length], 'int32')).arraySync()[0]);
  return targets.map((target, t) => {
    const row = logits?.[t] ?? [];
    const top = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - top), 0);
    return top + Math.log(sum) - (row[target] ?? NaN);
  });
}

function close(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected) / Math.abs(expected)).toBeLessThan(relative);
}

describe('probe lm', () => {
  it('scores every token of every story once, as each story alone would be', async () => {
    const [nats, perplexity, bits] = await runLm(subject);
    const all = stories.map(natsOfStory);
    const flat = all.flat();
    const total = flat.reduce((sum, x) => sum + x, 0);
    const bytes = stories.reduce((sum, story) => sum + Buffer.byteLength(story), 0);
    close(nats?.value ?? NaN, total / flat.length, 1e-5);
    close(bits?.value ?? NaN, total / Math.LN2 / bytes, 1e-5);
    expect([nats?.metric, nats?.unit, nats?.n]).toEqual(['natsPerToken', 'nats/token', 12]);
    expect([bits?.metric, bits?.unit, bits?.n]).toEqual(['bitsPerByte', 'bits/byte', 12]);
    close(perplexity?.value ?? NaN, Math.exp(total / flat.length), 1e-5);
    expect([perplexity?.metric, perplexity?.n]).toEqual(['perplexity', 12]);
    expect(perplexity?.low).toBe(Math.exp(nats?.low ?? NaN));
    for (const result of [nats, perplexity, bits]) {
      expect(result?.low).toBeLessThan(result?.value ?? NaN);
      expect(result?.high).toBeGreaterThan(result?.value ?? NaN);
    }
    for (const [i, { first, last, name }] of positionBuckets(98).entries()) {
      const slice = nats?.slices[i];
      const part = all.map((row) => row.slice(first, last + 1));
      const values = part.flat();
      expect([slice?.name, slice?.n]).toEqual([name, part.filter((row) => row.length > 0).length]);
      close(slice?.value ?? NaN, values.reduce((sum, x) => sum + x, 0) / values.length, 1e-5);
    }
    expect(nats?.slices).toHaveLength(positionBuckets(98).length);
  });

  it('is the same however the stories are packed', async () => {
    const [wide] = await runLm({ ...subject, shape: { batchSize: 1, sequenceLength: 400 } });
    const [narrow] = await runLm(subject);
    close(wide?.value ?? NaN, narrow?.value ?? 0, 1e-5);
  });

  it('says the same twice, leaves no tensor and tells how far it is', async () => {
    const parts: number[] = [];
    const before = tf.memory().numTensors;
    const once = await runLm({ ...subject, onProgress: (part) => parts.push(part) });
    expect(tf.memory().numTensors).toBe(before);
    expect(await runLm(subject)).toEqual(once);
    expect(parts.at(-1)).toBe(1);
    expect(parts.every((part, i) => part > (parts[i - 1] ?? 0))).toBe(true);
  });

  it('a model that knows nothing scores ln(vocabulary) everywhere, with no doubt', async () => {
    const blank = Model.create(model.config, 1);
    blank.loadWeights(
      new Map(
        blank.weights.map(({ name, shape, variable }) => [
          name,
          { shape, data: new Float32Array(variable.size) },
        ]),
      ),
    );
    const [nats, perplexity, bits] = await runLm({ ...subject, model: blank });
    close(perplexity?.value ?? NaN, tokenizer.vocabularySize, 1e-5);
    const chance = Math.log(tokenizer.vocabularySize);
    for (const part of [nats, ...(nats?.slices ?? [])]) {
      close(part?.value ?? NaN, chance, 1e-6);
      close(part?.low ?? NaN, chance, 1e-6);
      close(part?.high ?? NaN, chance, 1e-6);
    }
    const targets = validation.tokens.length + stories.length;
    close(bits?.value ?? NaN, (chance * targets) / Math.LN2 / validation.bytes, 1e-6);
    blank.dispose();
  });

  it('the graph engine gives the same numbers', async () => {
    const graph = await createEngine({ engine: 'graph', threads: 1 });
    const [nats] = await runLm({ ...subject, engine: graph });
    const [eager] = await runLm(subject);
    close(nats?.value ?? NaN, eager?.value ?? 0, 1e-5);
    await graph.dispose();
  });

  it('a model that has diverged is reported, not averaged', async () => {
    const broken = Model.create(model.config, 1);
    broken.loadWeights(
      new Map(
        broken.weights.map(({ name, shape, variable }) => [
          name,
          { shape, data: new Float32Array(variable.size).fill(NaN) },
        ]),
      ),
    );
    await expect(runLm({ ...subject, model: broken })).rejects.toThrow(
      'probe lm: expected finite nats, got NaN in sequence 11; the model has diverged, use an earlier checkpoint',
    );
    broken.dispose();
  });

  it('an unknown probe is refused before anything runs', async () => {
    await expect(runProbes(['lm', 'ln'], subject)).rejects.toThrow(
      /^probes: expected one of lm.*, got 'ln'; did you mean 'lm'\?$/,
    );
  });
});

describe('position buckets', () => {
  it('cover every place once, in doubling widths', () => {
    expect(positionBuckets(10).map(({ name }) => name)).toEqual([
      'position 0',
      'position 1',
      'position 2-3',
      'position 4-7',
      'position 8-15',
    ]);
    expect(positionBuckets(0)).toEqual([]);
    const buckets = positionBuckets(5000);
    for (let place = 0; place < 5000; place++) {
      const { first = NaN, last = NaN } = buckets[bucketOf(place)] ?? {};
      expect(first <= place && place <= last).toBe(true);
    }
  });
});
