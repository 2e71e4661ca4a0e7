import { describe, expect, it } from 'vitest';
import { bootstrapMean } from '../../../eval/index.js';
import { associations } from '../../../eval/probes/associations.js';
import { unigram, copyRows } from '../../../eval/probes/copy.js';
import { readHead, topShare } from '../../../eval/probes/headReading.js';
import { ownShare, reachOfReads, traceHead } from '../../../eval/probes/headTrace.js';
import { measure, valuesAsRatios } from '../../../eval/probes/measure.js';
import { findHits, pairStories } from '../../../eval/probes/recallHits.js';
import { openingOf, passageLengths, reachOf, storiesOf } from '../../../eval/probes/sequences.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { memoryInputs, type MemoryInputs } from '../../../src/model/traces.js';
import { Model } from '../../../src/model/model.js';
import { runSequence } from '../../../src/rules/run/runRule.js';
import { stir } from '../../model/support.js';
import '../../support/close.js';
import { COMBINATIONS } from '../../support/ruleSets.js';
import { microConfig, setOf } from './subjects.js';

describe('findHits', () => {
  it('marks what repeats a pair of its own document, with distance and first occurrence', () => {
    // eot the cat saw the cat and the | eot the cat   (ids: eot 9, the 1, cat 2, saw 3, and 4)
    const sequence = [9, 1, 2, 3, 1, 2, 4, 1, 9, 1, 2];
    const batch = {
      batchSize: 1,
      sequenceLength: 10,
      inputs: Int32Array.from(sequence.slice(0, -1)),
      targets: Int32Array.from(sequence.slice(1)),
      documents: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    };
    expect([...findHits(batch)]).toEqual([[4, { distance: 3, first: 1 }]]);
    const joined = { ...batch, documents: new Int32Array(10) };
    expect([...findHits(joined)]).toEqual([
      [4, { distance: 3, first: 1 }],
      [8, { distance: 8, first: 0 }],
      [9, { distance: 5, first: 1 }],
    ]);
    const rows = { ...joined, batchSize: 2, sequenceLength: 5 };
    expect([...findHits(rows)]).toEqual([[4, { distance: 3, first: 1 }]]);
  });

  it('counts in how many stories a pair stands, once a story', () => {
    const stories = pairStories(
      setOf(
        [
          [1, 2, 1, 2],
          [1, 2],
          [2, 1],
        ],
        10,
      ),
    );
    expect(stories.get('1:2')).toBe(2);
    expect(stories.get('2:1')).toBe(2);
    expect(stories.get('9:1')).toBe(2);
    expect(stories.get('9:2')).toBe(1);
    // The end of text is a target too: that one story ends as another does is not learned in it.
    expect(stories.get('2:9')).toBe(2);
    expect(stories.get('1:9')).toBe(1);
  });
});

describe('copyRows', () => {
  const set = setOf([Array.from({ length: 50 }, (_, i) => i % 30)], 40);

  it('shows the same tokens after their like and after others, asked for from the second', () => {
    const [again, fresh] = copyRows(set, { length: 4, distance: 7 }, Rng.fromSeed(2));
    expect(again.inputs).toHaveLength(1 + 7 + 3);
    expect(fresh.inputs).toHaveLength(1 + 7 + 3);
    const shown = Array.from(again.inputs).slice(1, 5);
    expect(Array.from(again.inputs).slice(8)).toEqual(shown.slice(0, 3));
    expect(Array.from(fresh.inputs).slice(8)).toEqual(shown.slice(0, 3));
    expect(Array.from(fresh.inputs).slice(1, 8)).not.toEqual(Array.from(again.inputs).slice(1, 8));
    for (const { asks } of [again, fresh]) {
      expect(asks).toEqual([1, 2, 3].map((i) => ({ place: 7 + i, target: shown[i] })));
    }
  });

  it('knows what the frequencies alone would score', () => {
    const { accuracy, nats } = unigram([1, 1, 2, 3]);
    expect(accuracy).toBe(0.5);
    expect(nats).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(4), 12);
  });
});

describe('sequences', () => {
  const set = setOf([[1, 2, 3], [1], [1, 2, 3, 4, 5, 6, 7, 8, 9]], 20);

  it('finds the longest reach that enough stories have', () => {
    const needs = { probe: 'test', most: 8, fewest: 2, stories: 1 };
    expect(reachOf(set, needs)).toBe(8);
    expect(reachOf(set, { ...needs, stories: 2 })).toBe(2);
    expect(() => reachOf(set, { ...needs, stories: 3 })).toThrow(
      'probe test: expected at least 3 validation stories of at least 2 tokens, got 2; name more or longer stories with --data',
    );
    expect(storiesOf(set, 3)).toEqual([0, 2]);
    expect([...openingOf(set, 2, 4)]).toEqual([1, 2, 3, 4]);
  });

  it('lets every passage fit a row twice, with the end of text', () => {
    expect(passageLengths(16)).toEqual([]);
    expect(passageLengths(17)).toEqual([8]);
    expect(passageLengths(256)).toEqual([8, 16, 32, 64, 127]);
    for (const row of [17, 40, 64, 100, 1000]) {
      for (const length of passageLengths(row)) expect(2 * length + 1).toBeLessThanOrEqual(row);
    }
  });
});

describe('measure', () => {
  const rng = Rng.fromSeed(4);
  const shared = { probe: 'test', metric: 'thing', unit: 'nats', rng };

  it('is the ratio, or the difference of ratios, over the samples that take part', () => {
    const samples = { numerators: [1, 2, 9], denominators: [1, 2, 0] };
    const minus = { numerators: [1, 8, 0], denominators: [2, 4, 4] };
    const parts = [
      { name: 'none', samples: { numerators: [0, 0, 0], denominators: [0, 0, 0] } },
      { name: 'some', samples: minus },
    ];
    const { value, n, slices } = measure({ ...shared, whole: { samples, minus }, parts });
    expect([value, n]).toEqual([1 - 9 / 6, 2]);
    expect(slices.map((slice) => [slice.name, slice.value, slice.n])).toEqual([['some', 9 / 10, 3]]);
  });

  it('has the interval of the bootstrap over samples', () => {
    const values = rng.derive('values').normals(50);
    const { low, high } = measure({ ...shared, whole: { samples: valuesAsRatios(values) } });
    const wanted = bootstrapMean(values, { rng: rng.derive('thing') });
    expect([low, high]).toEqual([wanted.low, wanted.high]);
  });
});

describe('readHead', () => {
  const outer = (a: number[], b: number[]): Float32Array =>
    Float32Array.from(a.flatMap((x) => b.map((y) => x * y)));

  it('finds one direction in one association, and as many as there are orthogonal ones', () => {
    const one = outer([1, 2, 2], [0, 3, 4]);
    const eye = Float32Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2);
    const { ranks, norms, spectrum } = readHead([one, eye], Float32Array.of(1, 0, 0, 0, 1, 0), 3);
    expect(ranks).toBeAllClose([1, 3], { rtol: 1e-6, atol: 1e-6 });
    expect(norms).toBeAllClose([15, Math.sqrt(12)], { rtol: 1e-6, atol: 1e-6 });
    expect(spectrum).toBeAllClose([2, 2, 2], { rtol: 1e-6, atol: 1e-6 });
    expect(topShare(spectrum)).toBeCloseTo(1 / 3, 6);
    expect(topShare(new Float64Array(3))).toBe(0);
  });

  it('measures how much keys overlap', () => {
    const S = [new Float32Array(4)];
    expect(readHead(S, Float32Array.of(1, 0, 0, 2), 2).interference).toBe(0);
    expect(readHead(S, Float32Array.of(1, 0, 3, 4), 2).interference).toBeCloseTo(0.6, 6);
  });
});

/** A head of this rule and gate on a few tokens, inside a tidy. */
function headOf(rule: string, gate: string): MemoryInputs {
  const config = { ...microConfig, vocabularySize: 20, layers: 1, rule, gate };
  const model = stir(Model.create(config, 2), 0.3);
  const [head] = memoryInputs(model, tf.tensor2d([[19, 3, 7, 3, 1, 7]], [1, 6], 'int32'));
  model.dispose();
  return head!;
}

describe('associations', () => {
  it('of the hebbian head are decay beta_s (k_s . q_t) v_s', () => {
    tf.tidy(() => {
      const head = headOf('hebbian', 'scalar');
      const { q, k, v, signals, logDecay } = head.input;
      const effects = associations(head).effects.arraySync() as number[][][][];
      const [Q, K, U] = [q, k, v].map((x) => (x.arraySync() as number[][][][])[0]!);
      const beta = (signals.beta!.arraySync() as number[][][])[0]!;
      const decay = (logDecay!.arraySync() as number[][][])[0]!;
      for (const h of [0, 1]) {
        for (let s = 0; s < 6; s++) {
          for (let t = 0; t < 6; t++) {
            const match = K![h]![s]!.reduce((sum, x, i) => sum + x * Q![h]![t]![i]!, 0);
            const left = Math.exp(decay[h]!.slice(s + 1, t + 1).reduce((a, b) => a + b, 0));
            const factor = s <= t ? beta[h]![s]! * left * match : 0;
            const wanted = U![h]![s]!.map((x) => factor * x);
            expect(effects[s]![h]![t]!).toBeAllClose(wanted, { rtol: 1e-4, atol: 1e-6 });
          }
        }
      }
    });
  });

  it.each(COMBINATIONS)('of $rule with $gate are causal, and left out is left out', ({ rule, gate }) => {
    tf.tidy(() => {
      const head = headOf(rule, gate);
      const { effects, outputs } = associations(head);
      expect(effects.shape).toEqual([6, 2, 6, 6]);
      const all = effects.arraySync() as number[][][][];
      for (let s = 1; s < 6; s++) {
        for (let t = 0; t < s; t++) expect(all[s]![0]![t]!.every((x) => x === 0)).toBe(true);
      }
      const { rule: own, ruleParams } = head.memory;
      const form = { form: 'step' as const };
      const whole = runSequence(own, undefined, head.input, ruleParams, form).outputs;
      expect(outputs.dataSync()).toBeAllClose(whole.dataSync(), { rtol: 1e-4, atol: 1e-5 });
      const v = tf.mul(head.input.v, tf.reshape(tf.tensor1d([1, 1, 0, 1, 1, 1]), [1, 1, 6, 1]));
      const without = runSequence(own, undefined, { ...head.input, v }, ruleParams, form).outputs;
      const wanted = tf.sub(whole, without).dataSync();
      expect(all[2]!.flat(2)).toBeAllClose(wanted, { rtol: 1e-3, atol: 1e-5 });
    });
  });

  it.each(['hebbian', 'delta'])('of %s add up to the read-out: a key gates, a value is linear', (rule) => {
    tf.tidy(() => {
      const { effects, outputs } = associations(headOf(rule, 'channel'));
      expect(tf.sum(effects, 0).dataSync()).toBeAllClose(outputs.dataSync(), { rtol: 1e-4, atol: 1e-5 });
    });
  });
});

describe('traceHead', () => {
  // Two tokens, V = 2. Token 0 reads (3, 4) from itself; token 1 reads (0, 2) from 0 and (0, 6) from itself.
  const effects = Float32Array.of(3, 4, 0, 2, 0, 0, 0, 6);
  const trace = traceHead(effects, Float32Array.of(3, 4, 0, 8), 2);

  it('sizes and shares what each read-out owes to each write', () => {
    expect(trace.strengths).toEqual([[5], [2, 6]]);
    expect(trace.shares).toEqual([[1], [0.25, 0.75]]);
    expect(trace.outputs).toEqual([5, 8]);
    expect(trace.residual).toBe(0);
    expect(traceHead(effects, Float32Array.of(3, 4, 6, 8), 2).residual).toBeCloseTo(6 / Math.hypot(5, 10), 6);
  });

  it('ages them: token 1 reads a quarter from one token ago', () => {
    expect(reachOfReads(trace)).toBe(0.25);
    expect(ownShare(trace)).toBe(0.75);
    const empty = traceHead(new Float32Array(8), new Float32Array(4), 2);
    expect([empty.residual, reachOfReads(empty), ownShare(empty)]).toEqual([0, 0, 0]);
    expect(empty.shares).toEqual([[0], [0, 0]]);
  });
});
