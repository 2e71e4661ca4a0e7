import { afterAll, describe, expect, it } from 'vitest';
import { encodeStories, toyStories } from '../../../data/index.js';
import { runProbes, type ProbeResult, type ProbeSubject } from '../../../eval/index.js';
import { scoreAsks } from '../../../eval/probes/scoreAsks.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import '../../support/close.js';
import { bytesTokenizer, inductionModel, microSubject, permutations, setOf } from './subjects.js';

const V = 64;
const engine = await createEngine({ engine: 'graph', threads: 1 });
const tokenizer = bytesTokenizer();
const model = inductionModel(V);
const novel: ProbeSubject = {
  engine,
  model,
  tokenizer,
  rng: Rng.fromSeed(1),
  shape: { batchSize: 4, sequenceLength: 48 },
  validation: permutations(V, 16, 60),
};

afterAll(async () => {
  model.dispose();
  await engine.dispose();
});

async function results(name: string, subject: ProbeSubject): Promise<Readonly<Record<string, ProbeResult>>> {
  const [report] = await runProbes([name], subject);
  return Object.fromEntries(report!.results.map((result) => [result.metric, result]));
}

function slice(result: ProbeResult | undefined, name: string): number {
  return result?.slices.find((part) => part.name === name)?.value ?? NaN;
}

describe('an induction head by hand', () => {
  it('copies: random tokens shown again are right but where one of them stood twice', async () => {
    const { accuracy, secondShowing, secondMinusFresh } = await results('copy', novel);
    expect(slice(accuracy, 'length 8')).toBeGreaterThan(0.9);
    expect(slice(secondShowing, 'length 8')).toBeLessThan(Math.log(V));
    expect(slice(secondMinusFresh, 'length 8')).toBeLessThan(-3);
    // With more tokens of 63 between, some stand twice, and the last one counts.
    expect(slice(accuracy, 'distance 32')).toBeGreaterThan(0.6);
    expect(slice(accuracy, 'distance 32')).toBeLessThan(slice(accuracy, 'length 8'));
    expect(accuracy?.baselines?.uniform).toBeCloseTo(1 / V, 12);
    expect(accuracy?.baselines?.unigram).toBeLessThan(0.05);
  });

  it('learns passages of tokens that never come twice: the second showing is nearly free', async () => {
    const found = await results('in-context', novel);
    const { firstShowing, secondShowing, secondMinusFirst, secondMinusAnother, lateMinusEarly } = found;
    expect(firstShowing?.value).toBeGreaterThan(3);
    expect(secondShowing?.value).toBeLessThan(0.1);
    expect(secondMinusFirst?.value).toBeCloseTo((secondShowing?.value ?? 0) - (firstShowing?.value ?? 0), 9);
    expect(slice(secondMinusFirst, 'length 23')).toBeLessThan(-3);
    expect(secondMinusAnother?.high).toBeLessThan(-3);
    expect(firstShowing?.slices.map(({ name, n }) => [name, n])).toEqual([
      ['length 8', 16],
      ['length 23', 16],
    ]);
    expect(Math.abs(lateMinusEarly?.value ?? NaN)).toBeLessThan(1);
  });

  it('recalls pairs: hits cost little, at any distance, and the rest as much as ever', async () => {
    const { validation } = novel;
    const sequences = Array.from({ length: 12 }, (_, i) => {
      const own = Array.from(validation.tokens.subarray(i * 60, i * 60 + 14));
      return [...own, ...own.slice(0, 8)];
    });
    const subject = { ...novel, validation: setOf(sequences, V) };
    const { hitNats, otherNats, hitMinusOther, hitMinusFirst, hitShare } = await results(
      'recall-hits',
      subject,
    );
    expect(hitNats?.value).toBeLessThan(0.1);
    expect(otherNats?.value).toBeGreaterThan(3);
    expect(hitMinusOther?.value).toBeLessThan(-3);
    // 7 of the 8 repeated tokens have their predecessor too; 22 tokens and an end of text are scored.
    expect(hitShare?.value).toBeCloseTo(7 / 23, 12);
    expect(hitMinusFirst?.slices.map(({ name }) => name)).toEqual(['distance 1-15']);
  });

  it('writes one thing at a time: orthogonal keys, one direction more a token', async () => {
    const { effectiveRank, keyInterference, norm } = await results('state', {
      ...novel,
      validation: permutations(V, 4, 16),
      shape: { batchSize: 4, sequenceLength: 16 },
    });
    expect(keyInterference?.value).toBeCloseTo(0, 6);
    // 16 inputs with the end of text; the first has no key, for nothing came before it.
    expect(effectiveRank?.value).toBeCloseTo(15, 2);
    expect(norm?.slices.map(({ name }) => name)).toEqual(['block 0 head 0']);
  });
});

describe('scoreAsks', () => {
  it('gives the nats and hits of the logits, row by row, whatever their lengths', async () => {
    const subject = microSubject(engine, tokenizer, { stories: 6 });
    const stories = toyStories().validation.slice(0, 5);
    const rows = stories.map((story, i) => {
      const targets = tokenizer.encode(story.slice(0, 10 + 20 * i));
      const inputs = [tokenizer.endOfText, ...targets.slice(0, -1)];
      const asks = targets.map((target, place) => ({ place, target })).filter((_, t) => t % (i + 1) === 0);
      return { inputs, asks };
    });
    const scores = await scoreAsks(subject, rows, 'test');
    for (const [i, { inputs, asks }] of rows.entries()) {
      const logits = tf.tidy(() =>
        subject.model.logits(tf.tensor2d([inputs], [1, inputs.length], 'int32')).arraySync(),
      );
      for (const [a, { place, target }] of asks.entries()) {
        const row = logits[0]![place]!;
        const top = Math.max(...row);
        const nats = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[target]!;
        expect(scores[i]![a]!.nats).toBeCloseTo(nats, 4);
        expect(scores[i]![a]!.hit).toBe(row[target] === top ? 1 : 0);
      }
    }
  });

  it('is the same on both engines', async () => {
    const eager = await createEngine({ engine: 'eager' });
    const subject = microSubject(engine, tokenizer, { stories: 6 });
    const ids = encodeStories(['A cat sat.'], tokenizer).tokens;
    const rows = [{ inputs: [tokenizer.endOfText, ...ids], asks: [{ place: 3, target: 97 }] }];
    const graph = await scoreAsks(subject, rows, 'test');
    const plain = await scoreAsks({ ...subject, engine: eager }, rows, 'test');
    expect(graph[0]![0]!.nats).toBeCloseTo(plain[0]![0]!.nats, 4);
    await eager.dispose();
  });
});
