import { afterAll, describe, expect, it } from 'vitest';
import confidence from '../../../examples/own-probe.js';
import { checkProbe, type Probe, type ProbeReport, type ProbeSubject } from '../../../eval/index.js';
import { tf } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import { SpareSessions } from '../../../src/engine/graph/spareSessions.js';

const engine = await createEngine({ engine: 'graph', threads: 1, spare: new SpareSessions() });
afterAll(() => engine.dispose());

describe('checkProbe', () => {
  it('finds nothing wrong with the probe of examples/', async () => {
    const results = await checkProbe(confidence, { engine });
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
  });
});

const result = {
  probe: 'faulty',
  metric: 'count',
  value: 1,
  unit: 'things',
  n: 2,
  low: 0,
  high: 2,
  slices: [],
};

/** A probe of something else than the model. */
function probeOf(run: (subject: ProbeSubject) => Partial<ProbeReport>): Probe {
  return { ...confidence, name: 'faulty', run: async (subject) => ({ results: [result], ...run(subject) }) };
}

let runs = 0;

/** Probes with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, Probe, string, string])[] = [
  ['another name in its results', { ...confidence, name: 'mine' }, 'report', "'confidence'"],
  ['a value that is NaN', probeOf(() => ({ results: [{ ...result, value: NaN }] })), 'report', 'NaN'],
  [
    'bounds the wrong way round',
    probeOf(() => ({ results: [{ ...result, low: 3 }] })),
    'report',
    'low 3, high 2',
  ],
  ['a metric twice', probeOf(() => ({ results: [result, result] })), 'report', "'count' twice"],
  ['nothing at all', probeOf(() => ({ results: [] })), 'report', 'neither'],
  [
    'details that JSON cannot hold',
    probeOf(() => ({ details: { rows: Float32Array.of(1) as never } })),
    'serialisable',
    'report.details.rows is Float32Array',
  ],
  [
    'a count of its own runs',
    probeOf(() => ({ results: [{ ...result, value: runs++, low: null, high: null }] })),
    'same twice',
    'another count',
  ],
  [
    'a model that it changes',
    probeOf(({ model }) => {
      const [first] = model.variables;
      first!.assign(tf.zeros(first!.shape));
      return {};
    }),
    'model unchanged',
    'another ',
  ],
  ['a tensor that it keeps', probeOf(() => (tf.zeros([1]), {})), 'no tensor left', '1 more'],
  ['progress beyond the end', probeOf(({ onProgress }) => (onProgress?.(1.5), {})), 'progress', '1.5'],
  [
    'a number from a model that has diverged',
    probeOf(({ model }) => {
      const values = tf.tidy(() => model.logits(tf.zeros([1, 2], 'int32')).dataSync());
      return { results: [{ ...result, value: values[0]!, low: null, high: null }] };
    }),
    'diverged model',
    'count NaN',
  ],
];

describe('a planted fault', () => {
  it.each(faults)('%s is refused', async (_, probe, name, got) => {
    const results = await checkProbe(probe, { engine, checks: [name] });
    const found = results.find(({ check }) => check === name);
    expect(found).toMatchObject({ status: 'fail' });
    expect(found!.finding!.got).toContain(got);
  });
});
