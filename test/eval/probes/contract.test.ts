import { afterAll, describe, expect, it } from 'vitest';
import { probes, runProbes, type ProbeSubject } from '../../../eval/index.js';
import { drawPicture } from '../../../report/index.js';
import { DataError, NonFiniteError } from '../../../src/core/errors.js';
import { tf } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import { SpareSessions } from '../../../src/engine/graph/spareSessions.js';
import { Model } from '../../../src/model/model.js';
import { bytesTokenizer, microSubject, toyTokenizer, uniformModel } from './subjects.js';

// Probes run twice, on models of the same graphs.
const engine = await createEngine({ engine: 'graph', threads: 1, spare: new SpareSessions() });
const tokenizer = toyTokenizer();
const plain = microSubject(engine, tokenizer);
const hybrid = microSubject(engine, tokenizer, {
  config: {
    mixer: ['softmax', 'conditioning'],
    rule: 'oja-response',
    gate: 'channel',
    keyValueHeads: 1,
    featureMap: 'elu+1',
  },
  length: 32,
});
const softmax = microSubject(engine, tokenizer, { config: { mixer: 'softmax' }, stories: 24, length: 32 });

afterAll(() => engine.dispose());

async function report(name: string, subject: ProbeSubject) {
  const [found] = await runProbes([name], subject);
  return found!;
}

/** Every number of a JSON value. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

describe.each(Object.entries(probes))('probe %s', (name, probe) => {
  it('is documented', () => {
    expect(probe.name).toBe(name);
    for (const text of [probe.title, probe.source]) expect(text.length).toBeGreaterThan(20);
  });

  it('gives measurements with intervals, the same twice, leaves no tensor and tells how far it is', async () => {
    const parts: number[] = [];
    const before = tf.memory().numTensors;
    const found = await report(name, { ...plain, onProgress: (part) => parts.push(part) });
    expect(tf.memory().numTensors).toBe(before);
    expect(found.results.length).toBeGreaterThan(0);
    const metrics = found.results.map(({ metric }) => metric);
    expect(new Set(metrics).size).toBe(metrics.length);
    for (const { probe: by, unit, n, slices, ...result } of found.results) {
      expect(by).toBe(name);
      expect(unit).not.toBe('');
      expect(new Set(slices.map((slice) => slice.name)).size).toBe(slices.length);
      for (const { value, low, high } of [result, ...slices]) {
        expect(Number.isFinite(value)).toBe(true);
        expect(low!).toBeLessThanOrEqual(high!);
      }
      for (const slice of slices) expect(slice.n).toBeLessThanOrEqual(n);
      expect(n).toBeGreaterThan(1);
    }
    expect(numbersIn(found.details).every(Number.isFinite)).toBe(true);
    expect(JSON.parse(JSON.stringify(found.results))).toEqual(found.results);
    for (const picture of found.pictures ?? []) {
      expect(picture.name).toMatch(/^[a-z0-9-]+$/);
      expect(drawPicture(picture)).toMatch(/^<svg /);
    }
    expect(parts.at(-1)).toBeCloseTo(1, 6);
    expect(parts.every((part, i) => part >= (parts[i - 1] ?? 0))).toBe(true);
    expect(await report(name, plain)).toEqual(found);
  });

  it('takes a stack with softmax blocks, and says what it left out', async () => {
    const found = await report(name, hybrid);
    for (const { value } of found.results) expect(Number.isFinite(value)).toBe(true);
    const parts = found.results.flatMap(({ slices }) => slices.map((slice) => slice.name));
    if (parts.some((part) => part.startsWith('block '))) {
      expect(parts.every((part) => part.startsWith('block 1'))).toBe(true);
      expect(found.notes).toContain(
        'skipped layer 0: no rule drives a memory in softmax heads, so there is none to measure',
      );
    }
    expect(found.results.length).toBeGreaterThan(0);
  });

  it('has numbers or a reason where there are only softmax blocks', async () => {
    const { results, notes } = await report(name, softmax);
    if (results.length > 0) return;
    expect(notes).toEqual([
      'skipped all layers: no rule drives a memory in softmax heads, so there is none to measure',
    ]);
  });

  it('says so where the stories do not suffice', async () => {
    const few = { ...microSubject(engine, tokenizer, { stories: 1 }), model: plain.model };
    const error = await report(name, few).catch((fault: unknown) => fault);
    if (!(error instanceof Error)) return;
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(new RegExp(`^probe ${name}: .*expected .*, got .*; name .*$`));
  });

  it('reports a model that has diverged', async () => {
    const { model } = plain;
    const broken = Model.create(model.config, 1);
    const wrong = broken.weights.map(({ name: weight, shape, variable }) => {
      return [weight, { shape: [...shape], data: new Float32Array(variable.size).fill(NaN) }] as const;
    });
    broken.loadWeights(new Map(wrong));
    await expect(report(name, { ...plain, model: broken })).rejects.toThrow(NonFiniteError);
    broken.dispose();
  });

  it('a model that knows nothing scores its baseline exactly', async () => {
    const blank = uniformModel(plain.model.config);
    const { results } = await report(name, {
      ...plain,
      shape: { batchSize: 4, sequenceLength: 32 },
      model: blank,
    });
    for (const { baselines = {}, value, slices } of results) {
      const wanted = baselines.uniform ?? baselines.chance;
      if (wanted === undefined) continue;
      for (const part of [value, ...slices.map((slice) => slice.value)])
        expect(Math.abs(part - wanted)).toBeLessThan(5e-6 * Math.max(1, Math.abs(wanted)));
    }
    blank.dispose();
  });
});

describe('runProbes', () => {
  const short = { ...microSubject(engine, bytesTokenizer(), { stories: 2, length: 16 }) };

  it('notes a probe that the stories do not suffice for, and goes on', async () => {
    const reports = await runProbes(['lm', 'in-context'], short, { unfit: 'note' });
    expect(reports.map(({ probe, results }) => [probe, results.length > 0])).toEqual([
      ['lm', true],
      ['in-context', false],
    ]);
    expect(reports[1]?.notes).toEqual([
      'not measured: probe in-context: expected at least 8 validation stories of at least 32 tokens, got rows of 16; name more or longer stories with --data',
    ]);
  });

  it('throws where none could be measured', async () => {
    await expect(runProbes(['in-context'], short, { unfit: 'note' })).rejects.toThrow(DataError);
  });
});
